using System.Collections;
using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace CseKms.Tests.Help;

public sealed class HelpTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox);

    public static TheoryData<string> Cmdlets => [.. Regex
        .Matches(Regex.Match(File.ReadAllText(BuiltModule.File("CseKms.psd1")), @"CmdletsToExport\s*=\s*@\(([^)]*)\)").Groups[1].Value, "'([^']+)'")
        .Select(match => match.Groups[1].Value)];

    [Fact]
    public void The_manifest_exports_what_the_module_has() =>
        Assert.Equal(
            Cmdlets.Select(row => row.Data).Order(),
            _session.Run("(Get-Command -Module CseKms).Name; [CseKms.CommitmentPolicy].Assembly.GetExportedTypes() | Where-Object { $_.IsSubclassOf([System.Management.Automation.PSCmdlet]) -and -not $_.IsAbstract } | ForEach-Object { $a = $_.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false)[0]; \"$($a.VerbName)-$($a.NounName)\" }")
                .Good().Output.Select(name => (string)name.BaseObject).Distinct().Order());

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Every_cmdlet_has_help(string cmdlet)
    {
        var help = _session.Run($"Get-Help {cmdlet} -Full").Good().Output.Single();
        var synopsis = Text(help, "Synopsis");
        Assert.NotEmpty(synopsis);
        Assert.DoesNotContain(cmdlet, synopsis);
        Assert.NotEmpty(Text(help, "description"));
        var examples = Items(Property(help, "examples"), "example");
        Assert.InRange(examples.Count, 2, 20);
        Assert.All(examples, example =>
        {
            Assert.NotEmpty(Text(example, "code"));
            Assert.NotEmpty(Text(example, "remarks"));
        });
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Parameters_and_syntax_are_those_of_the_command(string cmdlet)
    {
        var common = Cmdlet.CommonParameters;
        var command = (CommandInfo)_session.Run($"Get-Command {cmdlet}").Good().Output.Single().BaseObject;
        var help = _session.Run($"Get-Help {cmdlet} -Full").Good().Output.Single();
        var parameters = Property(help, "parameters") is { } all ? Items(all, "parameter") : [];
        Assert.Equal(
            command.Parameters.Keys.Except(common).Except(["WhatIf", "Confirm"]).Order(),
            parameters.Select(parameter => Text(parameter, "name")).Except(["WhatIf", "Confirm"]).Order());
        Assert.All(parameters, parameter => Assert.True(Text(parameter, "description").Length > 0, Text(parameter, "name")));

        var sets = Items(Property(help, "syntax")!, "syntaxItem")
            .Select(item => string.Join(' ', Items(item, "parameter").Select(Described).Order(StringComparer.Ordinal)));
        Assert.Equal(
            command.ParameterSets
                .Select(set => string.Join(' ', set.Parameters.Where(p => !common.Contains(p.Name)).Select(p => $"{p.Name}{(p.IsMandatory ? "!" : "")}").Order(StringComparer.Ordinal)))
                .Order(StringComparer.Ordinal),
            sets.Order(StringComparer.Ordinal));

        static string Described(PSObject parameter) =>
            Text(parameter, "name") + (Text(parameter, "required").Equals("true", StringComparison.OrdinalIgnoreCase) ? "!" : "");
    }

    [Fact]
    public void Topics_are_found()
    {
        foreach (var topic in new[] { "about_CseKms", "about_CseKms_Errors" })
        {
            Assert.Contains(topic, $"{_session.Run($"Get-Help {topic}").Good().Output.Single()}");
        }
    }

    [Fact]
    public void The_topic_explains_the_errors_that_there_are_and_no_other()
    {
        // The methods of ErrorRecords that make a record are named as their ids.
        var records = ErrorType("CseKms.Errors.ErrorRecords")
            .GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Select(method => method.Name)
            .Except(["From", "FolderUnreadable"]);
        var explained = Regex.Matches(ErrorsTopic("  Reading and verifying\n", "SEE ALSO"), @"^ {4}(?<id>[A-Z]\w+)(?: |$)", RegexOptions.Multiline)
            .Select(match => match.Groups["id"].Value);

        Assert.Equal(ErrorIds.Concat(records).Order(StringComparer.Ordinal), explained.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_topic_names_the_errors_that_end_a_call()
    {
        var reach = ErrorType("CseKms.Core.ErrorReaches").GetMethod("Reach")!;
        var ending = ErrorIds.Where(id => $"{reach.Invoke(null, [Enum.Parse(ErrorIdType, id)])}" == "AllObjects");
        var named = Regex.Matches(ErrorsTopic("ends the call at once:", "; and KmsAccessDenied"), @"\w+").Select(match => match.Value);

        Assert.Equal(ending.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
    }

    public void Dispose() => _session.Dispose();

    private Type ErrorIdType => ErrorType("CseKms.Core.ErrorId");

    private string[] ErrorIds => Enum.GetNames(ErrorIdType);

    // Of the module that this session has imported: other tests import copies of it.
    private Type ErrorType(string name)
    {
        var module = ((CmdletInfo)_session.Run("Get-Command Get-CseSession").Good().Output.Single().BaseObject).ImplementingType.Assembly;
        var engine = module.GetType("CseKms.Errors.Remedies", throwOnError: true)!.GetMethod("For")!.GetParameters()[0].ParameterType.Assembly;
        return module.GetType(name) ?? engine.GetType(name, throwOnError: true)!;
    }

    private static string ErrorsTopic(string after, string before)
    {
        var topic = File.ReadAllText(BuiltModule.File("en-US", "about_CseKms_Errors.help.txt")).ReplaceLineEndings("\n");
        var start = topic.IndexOf(after, StringComparison.Ordinal) + after.Length;
        return topic[start..topic.IndexOf(before, start, StringComparison.Ordinal)];
    }

    private static object? Property(PSObject item, string name) => item.Properties[name]?.Value;

    private static string Text(PSObject item, string name) => Flat(Property(item, name)).Trim();

    private static string Flat(object? value) => value switch
    {
        null => "",
        string text => text,
        PSObject { BaseObject: string text } => text,
        PSObject item when item.Properties["Text"] is { } text => $"{text.Value}",
        PSObject { BaseObject: IEnumerable list } => Flat(list),
        IEnumerable list => string.Join(' ', list.Cast<object>().Select(Flat)),
        _ => $"{value}",
    };

    private static IReadOnlyList<PSObject> Items(object? container, string name)
    {
        var value = container is null ? null : PSObject.AsPSObject(container).Properties[name]?.Value;
        return value switch
        {
            null => [],
            PSObject { BaseObject: IEnumerable and not string } list => [.. ((IEnumerable)list.BaseObject).Cast<object>().Select(PSObject.AsPSObject)],
            IEnumerable and not string and not PSObject => [.. ((IEnumerable)value).Cast<object>().Select(PSObject.AsPSObject)],
            _ => [PSObject.AsPSObject(value)],
        };
    }
}
