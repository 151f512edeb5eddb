using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace CseKms.Tests.Errors;

/// <summary>What each error tells a user to do, asked of every cmdlet that works on objects.</summary>
public sealed class RemedyTests : IDisposable
{
    private static readonly (string Setting, object? Value)[] Needs =
    [
        ("KeyKind", null),
        ("KeyKind", "Kms"),
        ("KeyKind", "Aes"),
        ("KeyKind", "Rsa"),
        ("CommitmentPolicy", "RequireEncryptAllowDecrypt"),
        ("AllowedLegacy", "Wrapping, Content"),
        ("DiscoveryAccount", "111122223333"),
        ("ContextNames", Array.Empty<string>()),
        ("BindLocation", false),
    ];

    private readonly UserSession _session;
    private readonly CmdletInfo[] _cmdlets;
    private readonly MethodInfo _remedy;
    private readonly Type _exception;
    private readonly Type _errorId;

    public RemedyTests(SandboxFixture sandbox)
    {
        _session = new UserSession(sandbox);
        _cmdlets = [.. _session.Run("Get-Command -Module CseKms").Good().Output.Select(command => (CmdletInfo)command.BaseObject)];
        var remedies = _cmdlets[0].ImplementingType.Assembly.GetType("CseKms.Errors.Remedies", throwOnError: true)!;
        _remedy = remedies.GetMethod("For", BindingFlags.Public | BindingFlags.Static)!;
        _exception = _remedy.GetParameters()[0].ParameterType;
        _errorId = _exception.GetProperty("ErrorId")!.PropertyType;
    }

    [Fact]
    public void No_cmdlet_speaks_of_a_parameter_that_it_does_not_have()
    {
        var foreign =
            from cmdlet in _cmdlets
            from id in Enum.GetNames(_errorId)
            from need in Needs
            from named in Parameters(Remedy(id, cmdlet, need.Setting, need.Value))
            where !(named.Owner is "" ? cmdlet : _cmdlets.Single(other => other.Name == named.Owner)).Parameters.ContainsKey(named.Parameter)
            select $"{cmdlet.Name}, {id}: {named}";

        Assert.Empty(foreign);
    }

    [Fact]
    public void Each_error_has_a_remedy()
    {
        var helpless = Enum.GetNames(_errorId).Where(id => _cmdlets.All(cmdlet => Remedy(id, cmdlet, "KeyKind", "Kms") is null));

        Assert.Empty(helpless);
    }

    [Fact]
    public void A_remedy_is_a_sentence() =>
        Assert.All(
            from cmdlet in _cmdlets from id in Enum.GetNames(_errorId) from need in Needs select Remedy(id, cmdlet, need.Setting, need.Value),
            remedy => Assert.Matches(@"^([A-Z-].*\.)?$", remedy ?? ""));

    [Theory]
    [InlineData("AlreadyExists", "Send-CseS3Object", "-NoClobber")]
    [InlineData("FileExists", "Receive-CseS3Object", "-Force")]
    [InlineData("TooLargeForPipeline", "Receive-CseS3Object", "-MemoryLimit")]
    [InlineData("MetadataTooLarge", "Send-CseS3Object", "-InstructionFile")]
    [InlineData("EnvelopeInvalid", "Get-CseS3Object", "-InstructionFileSuffix")]
    public void A_cmdlet_that_has_the_parameter_names_it(string id, string cmdlet, string parameter)
    {
        Assert.Contains(parameter, Remedy(id, _cmdlets.Single(command => command.Name == cmdlet), "KeyKind", null));
        Assert.DoesNotContain(parameter, $"{Remedy(id, _cmdlets.Single(command => command.Name == "Clear-CseSession"), "KeyKind", null)}");
    }

    [Theory]
    [InlineData("Kms", "-KmsKeyId")]
    [InlineData("Aes", "-WrappingKey")]
    [InlineData("Rsa", "-PrivateKeyPath")]
    public void The_kind_of_key_that_an_object_needs_is_named(string kind, string parameter) =>
        Assert.Contains(parameter, Remedy("KeyKindMismatch", _cmdlets.Single(command => command.Name == "Receive-CseS3Object"), "KeyKind", kind));

    public void Dispose() => _session.Dispose();

    private string? Remedy(string id, CmdletInfo cmdlet, string setting, object? value)
    {
        var failure = Activator.CreateInstance(_exception, Enum.Parse(_errorId, id), "Something happened.", null)!;
        var needed = _exception.GetProperty("Needed")!.GetValue(failure)!;
        var property = needed.GetType().GetProperty(setting)!;
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        property.SetValue(needed, value is string name && type.IsEnum ? Enum.Parse(type, name) : value);
        return (string?)_remedy.Invoke(null, [failure, cmdlet.ImplementingType]);
    }

    private static IEnumerable<(string Owner, string Parameter)> Parameters(string? remedy) =>
        Regex.Matches(remedy ?? "", @"(?:\b(?<owner>[A-Z][a-z]+-Cse\w+) )?(?<!\w)-(?<parameter>[A-Z]\w+)")
            .Select(match => (match.Groups["owner"].Value, match.Groups["parameter"].Value));
}
