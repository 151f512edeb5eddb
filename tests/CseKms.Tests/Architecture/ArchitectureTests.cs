using System.Reflection;
using Xunit;

namespace CseKms.Tests.Architecture;

/// <summary>The arrows that must never be.</summary>
public sealed class ArchitectureTests : IDisposable
{
    private readonly AssemblyFile _module = new(BuiltModule.File("bin", "CseKms.dll"));
    private readonly AssemblyFile _core = new(BuiltModule.File("deps", "CseKms.Core.dll"));

    [Fact]
    public void CoreKnowsNoPowerShell() => Assert.DoesNotContain("System.Management.Automation", _core.References);

    [Fact]
    public void TheModuleKnowsNoAwsSdk() => Assert.DoesNotContain(_module.References, name => name.StartsWith("AWSSDK", StringComparison.Ordinal));

    [Fact]
    public void TheTestsKnowNeitherModuleNorCore() =>
        Assert.DoesNotContain(
            Assembly.GetExecutingAssembly().GetReferencedAssemblies(), name => name.Name is "CseKms" or "CseKms.Core");

    [Fact]
    public void CoreShowsNoTypeOfTheAwsSdk() =>
        Assert.Empty(
            from type in _core.Types
            where _core.IsPublic(type)
            from used in _core.PublicSignatures(type)
            where used.StartsWith("Amazon.", StringComparison.Ordinal)
            select $"{_core.NameOf(type)} shows {used}");

    [Fact]
    public void ExportedTypesOfTheModuleHaveNoBaseInCore() =>
        Assert.Empty(
            from type in _module.Types
            where _module.IsPublic(type)
            from used in _module.Bases(type)
            where used.StartsWith("CseKms.Core.", StringComparison.Ordinal)
            select $"{_module.NameOf(type)} is a {used}");

    [Theory]
    [InlineData("Format")]
    [InlineData("Algorithms")]
    public void FormatAndAlgorithmsKnowNeitherTransferNorAws(string part) =>
        Assert.Empty(
            from type in _core.Types
            let name = _core.NameOf(type)
            where name.StartsWith($"CseKms.Core.{part}.", StringComparison.Ordinal)
            from used in _core.Uses(type)
            where new[] { "CseKms.Core.Aws.", "CseKms.Core.Transfer.", "Amazon." }.Any(prefix => used.StartsWith(prefix, StringComparison.Ordinal))
            select $"{name} uses {used}");

    [Fact]
    public void NoCommandKnowsAnother() =>
        Assert.Empty(
            from type in _module.Types
            let name = _module.NameOf(type)
            where name.StartsWith("CseKms.", StringComparison.Ordinal)
            from used in _module.Uses(type)
            where used != name && used.StartsWith("CseKms.Commands.", StringComparison.Ordinal) && used.EndsWith("Command", StringComparison.Ordinal)
            select $"{name} uses {used}");

    [Fact]
    public void TheReaderSeesWhatIsUsed()
    {
        // So that the checks above do not pass for want of sight.
        Assert.Contains("System.Management.Automation", _module.References);
        Assert.Contains("AWSSDK.S3", _core.References);
        var send = _module.Types.First(type => _module.NameOf(type) == "CseKms.Commands.SendCseS3ObjectCommand");
        Assert.Contains("CseKms.Cmdlets.KeyedCmdlet", _module.Bases(send));
        Assert.Contains("CseKms.Binding.KeyMapper", _module.Uses(send));
        Assert.Contains("System.Collections.IDictionary", _module.PublicSignatures(send));
        var gateway = _core.Types.Where(type => _core.NameOf(type) == "CseKms.Core.Aws.S3Gateway").SelectMany(_core.Uses).ToArray();
        Assert.Contains(gateway, used => used.StartsWith("Amazon.S3.", StringComparison.Ordinal));
        var transfer = _core.Types.Where(type => _core.NameOf(type).StartsWith("CseKms.Core.Transfer.", StringComparison.Ordinal)).SelectMany(_core.Uses);
        Assert.Contains(transfer, used => used.StartsWith("CseKms.Core.Algorithms.", StringComparison.Ordinal));
    }

    [Fact]
    public void TheModuleFolderBringsNoPowerShell()
    {
        var files = Directory.EnumerateFiles(BuiltModule.Folder, "*.dll", SearchOption.AllDirectories).Select(Path.GetFileName).ToArray();
        Assert.Contains("AWSSDK.Core.dll", files);
        Assert.DoesNotContain("System.Management.Automation.dll", files);
        Assert.Equal(["CseKms.dll"], Directory.EnumerateFiles(BuiltModule.File("bin"), "*.dll").Select(Path.GetFileName));
    }

    [Fact]
    public void OneVersion()
    {
        Assert.Equal(BuiltModule.Version, Path.GetFileName(BuiltModule.Folder));
        Assert.Matches($@"ModuleVersion\s*= '{BuiltModule.Version}'", File.ReadAllText(BuiltModule.File("CseKms.psd1")));
        Assert.Equal(BuiltModule.Version, _module.Version.ToString(3));
        Assert.Equal(BuiltModule.Version, _core.Version.ToString(3));
    }

    public void Dispose()
    {
        _module.Dispose();
        _core.Dispose();
    }
}
