using System.Management.Automation;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Mono.Cecil;
using Xunit;

namespace CseKms.Tests.Architecture;

/// <summary>What an assembly must not know of others, nor show of them.</summary>
public sealed class BoundaryTests
{
    [Fact]
    public void The_engine_knows_no_PowerShell() => Assert.DoesNotContain("System.Management.Automation", References(Assemblies.Core));

    [Fact]
    public void The_module_knows_no_AWS_SDK() => Assert.DoesNotContain(References(Assemblies.Cmdlets), IsAwsSdk);

    // The engine would come into the default context, where the module's must never be.
    [Fact]
    public void The_tests_of_the_module_know_no_engine()
    {
        Assert.DoesNotContain("CseKms.Core", References(Assemblies.Tests));
        Assert.DoesNotContain("CseKms", References(Assemblies.Tests));
        Assert.False(File.Exists(Path.Combine(AppContext.BaseDirectory, "CseKms.Core.dll")));
    }

    [Fact]
    public void The_engine_shows_no_type_of_the_AWS_SDK() =>
        Rule.Holds(
            from type in Assemblies.Core.GetTypes()
            where type.IsVisible()
            from shown in type.Shows()
            where IsAwsSdk(shown.Scope.Name)
            select $"{type.FullName} shows {shown.FullName}");

    // Import looks at exported types before OnImport can answer for the engine.
    [Fact]
    public void No_exported_type_is_made_of_the_engine() =>
        Rule.Holds(
            from type in Assemblies.Cmdlets.GetTypes()
            where type.IsVisible()
            from made in type.Bases()
            where made.Scope.Name == "CseKms.Core"
            select $"{type.FullName} is a {made.FullName}");

    [Fact]
    public void The_module_folder_brings_no_PowerShell()
    {
        var files = Directory.EnumerateFiles(BuiltModule.Folder, "*.dll", SearchOption.AllDirectories).Select(Path.GetFileName).ToArray();
        Assert.Contains("AWSSDK.Core.dll", files);
        Assert.DoesNotContain("System.Management.Automation.dll", files);
        Assert.Equal(["CseKms.dll"], Directory.EnumerateFiles(BuiltModule.File("bin"), "*.dll").Select(Path.GetFileName));
    }

    [Fact]
    public void Each_library_that_ships_has_its_notice()
    {
        var notices = File.ReadAllLines(BuiltModule.File("THIRD-PARTY-NOTICES.txt"));
        var shipped = Directory.EnumerateFiles(BuiltModule.File("deps"), "*.dll").Select(Path.GetFileName).Where(name => name != "CseKms.Core.dll");
        Assert.Equal(shipped.Order(StringComparer.Ordinal), notices.Where(line => line.EndsWith(".dll", StringComparison.Ordinal)));
    }

    [Fact]
    public void All_parts_have_the_version_of_the_manifest()
    {
        Assert.Equal(BuiltModule.Version, Path.GetFileName(BuiltModule.Folder));
        Assert.Matches($@"ModuleVersion\s*= '{BuiltModule.Version}'", File.ReadAllText(BuiltModule.File("CseKms.psd1")));
        Assert.Equal(BuiltModule.Version, Assemblies.Cmdlets.Assembly.Name.Version.ToString(3));
        Assert.Equal(BuiltModule.Version, Assemblies.Core.Assembly.Name.Version.ToString(3));
    }

    // The engine says what happened. What to do about it is told by the module, in the words of its cmdlets.
    [Fact]
    public void The_engine_speaks_of_no_cmdlet_and_no_parameter()
    {
        var commands = Assemblies.Cmdlets.Types
            .Select(type => type.CustomAttributes.SingleOrDefault(attribute => attribute.AttributeType.Name == nameof(CmdletAttribute)))
            .OfType<CustomAttribute>()
            .Select(cmdlet => $"{cmdlet.ConstructorArguments[0].Value}-{cmdlet.ConstructorArguments[1].Value}");
        var parameters = Assemblies.Cmdlets.Types
            .SelectMany(type => type.Properties)
            .Where(property => property.CustomAttributes.Any(attribute => attribute.AttributeType.Name == nameof(ParameterAttribute)))
            .Select(property => $"-{property.Name}");
        var words = commands.Concat(parameters).Distinct().ToArray();
        Assert.Contains("Send-CseS3Object", words);
        Assert.Contains("-KmsKeyId", words);

        var spoken = new Regex($@"(?<![\w-])({string.Join('|', words)})\b");
        Rule.Holds(
            from type in Assemblies.Core.Types
            from text in type.Texts()
            where spoken.IsMatch(text)
            select $"{type.Name}: {text}");
    }

    // Names and values from outside would reach the terminal as they are.
    [Fact]
    public void What_a_user_reads_goes_through_one_place()
    {
        var written = new Regex(@"^(Write(Warning|Verbose|Debug|Information|Progress|CommandDetail|\w*Line)?|ShouldProcess|ShouldContinue|Prompt\w*)$");
        var speakers =
            from type in Assemblies.Cmdlets.Types
            from call in type.Calls()
            where call.DeclaringType.Name is nameof(Cmdlet) or nameof(PSCmdlet) or "PSHostUserInterface" or nameof(ICommandRuntime) && written.IsMatch(call.Name)
            select (type.Name, call.Name, call.DeclaringType.Name);

        Assert.Contains(speakers, speaker => speaker.Item1 == "Messages");
        Rule.Holds(from speaker in speakers where speaker.Item1 != "Messages" select $"{speaker.Item1} calls {speaker.Item2}");
        Rule.Holds(
            from type in Assemblies.Cmdlets.Types
            where type.Name is not ("ErrorRecords" or "CseKmsException")
            from call in type.Calls()
            where call is { Name: ".ctor", DeclaringType.Name: "CseKmsException" or nameof(ErrorRecord) }
            select $"{type.Name} makes an error of its own");
    }

    [Fact]
    public void What_an_output_says_of_itself_holds_no_control_characters() =>
        Rule.Holds(
            from type in Assemblies.Cmdlets.Types
            where type.IsPublic
            from method in type.Methods
            where method.Name == nameof(ToString)
            let calls = method.CallsOf().Select(call => call.Name).ToArray()
            where Inherited(type).Any(property => IsForeign(property) && calls.Contains(property.GetMethod?.Name)) && !calls.Contains("Escape")
            select $"{type.Name}.ToString shows names as they are");

    [Fact]
    public void A_view_shows_no_text_from_outside_as_it_is()
    {
        var views = XDocument.Load(BuiltModule.File("CseKms.Format.ps1xml")).Descendants("View").ToArray();
        Assert.True(views.Length > 10);
        Rule.Holds(
            from view in views
            let types = view.Descendants("TypeName").Select(name => Assemblies.Cmdlets.GetType(name.Value.Split('#')[0]))
            let foreign = types.SelectMany(Inherited).Where(IsForeign).Select(property => property.Name).Distinct().ToArray()
            from shown in view.Descendants("TableColumnItem").Concat(view.Descendants("ListItem")).SelectMany(item => item.Elements())
            where (shown.Name == "PropertyName" && foreign.Contains(shown.Value))
                || (shown.Name == "ScriptBlock" && !shown.Value.Contains("[CseKms.CseText]::Escape(", StringComparison.Ordinal)
                    && foreign.Any(name => Regex.IsMatch(shown.Value, $@"\$_\.{name}\b")))
            select $"{view.Element("Name")!.Value} shows {shown.Value}");
    }

    // An address, a text or pairs of it, unless S3 or this module makes it, or it is the user's own setting.
    private static bool IsForeign(PropertyDefinition property) =>
        (property.PropertyType.Name is "String" or "ObjectAddress" || property.PropertyType.FullName.StartsWith("System.Collections.Generic.IReadOnlyDictionary`2", StringComparison.Ordinal))
        && !property.DeclaringType.Name.StartsWith("CseSession", StringComparison.Ordinal)
        && property.Name is not ("BucketName" or "SourceBucket" or "VersionId" or "SourceVersionId" or "ETag" or "StorageClass" or "UploadId"
            or "Format" or "Algorithm" or "Wrapping" or "Kind" or "Operation");

    private static IEnumerable<PropertyDefinition> Inherited(TypeDefinition type) =>
        type.BaseType?.Resolve() is { } parent && parent.Module == type.Module ? type.Properties.Concat(Inherited(parent)) : type.Properties;

    private static IEnumerable<string> References(ModuleDefinition module) => module.AssemblyReferences.Select(reference => reference.Name);

    private static bool IsAwsSdk(string assembly) => assembly.StartsWith("AWSSDK", StringComparison.Ordinal);
}
