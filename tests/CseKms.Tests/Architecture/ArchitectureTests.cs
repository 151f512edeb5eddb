using System.Reflection;
using Xunit;

namespace CseKms.Tests.Architecture;

/// <summary>The arrows that must never be.</summary>
public sealed class ArchitectureTests : IDisposable
{
    private readonly AssemblyFile _module = new(BuiltModule.File("bin", "CseKms.dll"));
    private readonly AssemblyFile _core = new(BuiltModule.File("deps", "CseKms.Core.dll"));

    [Fact]
    public void Core_knows_no_PowerShell() => Assert.DoesNotContain("System.Management.Automation", _core.References);

    [Fact]
    public void The_module_knows_no_AWS_SDK() => Assert.DoesNotContain(_module.References, name => name.StartsWith("AWSSDK", StringComparison.Ordinal));

    [Fact]
    public void The_tests_know_neither_module_nor_Core() =>
        Assert.DoesNotContain(
            Assembly.GetExecutingAssembly().GetReferencedAssemblies(), name => name.Name is "CseKms" or "CseKms.Core");

    [Fact]
    public void Core_shows_no_type_of_the_AWS_SDK() =>
        Assert.Empty(
            from type in _core.Types
            where _core.IsPublic(type)
            from used in _core.PublicSignatures(type)
            where used.StartsWith("Amazon.", StringComparison.Ordinal)
            select $"{_core.NameOf(type)} shows {used}");

    [Fact]
    public void Exported_types_of_the_module_have_no_base_in_Core() =>
        Assert.Empty(
            from type in _module.Types
            where _module.IsPublic(type)
            from used in _module.Bases(type)
            where used.StartsWith("CseKms.Core.", StringComparison.Ordinal)
            select $"{_module.NameOf(type)} is a {used}");

    [Theory]
    [InlineData("Format")]
    [InlineData("Algorithms")]
    public void Format_and_Algorithms_know_neither_Transfer_nor_Aws(string part) =>
        Assert.Empty(
            from type in _core.Types
            let name = _core.NameOf(type)
            where name.StartsWith($"CseKms.Core.{part}.", StringComparison.Ordinal)
            from used in _core.Uses(type)
            where new[] { "CseKms.Core.Aws.", "CseKms.Core.Transfer.", "Amazon." }.Any(prefix => used.StartsWith(prefix, StringComparison.Ordinal))
            select $"{name} uses {used}");

    [Fact]
    public void No_command_knows_another() =>
        Assert.Empty(
            from type in _module.Types
            let name = _module.NameOf(type)
            where name.StartsWith("CseKms.", StringComparison.Ordinal)
            from used in _module.Uses(type)
            where used != name && used.StartsWith("CseKms.Commands.", StringComparison.Ordinal) && used.EndsWith("Command", StringComparison.Ordinal)
            select $"{name} uses {used}");

    [Fact]
    public void The_reader_sees_what_is_used()
    {
        // So that the checks above do not pass for want of sight.
        Assert.Contains("System.Management.Automation", _module.References);
        Assert.Contains("AWSSDK.S3", _core.References);
        var send = _module.Types.First(type => _module.NameOf(type) == "CseKms.Commands.SendCseS3ObjectCommand");
        Assert.Contains("CseKms.Cmdlets.FileSourceCmdlet", _module.Bases(send));
        Assert.Contains("CseKms.Binding.SourceFile", _module.Uses(send));
        Assert.Contains("System.Collections.IDictionary", _module.PublicSignatures(send));
        var gateway = _core.Types.Where(type => _core.NameOf(type) == "CseKms.Core.Aws.S3Gateway").SelectMany(_core.Uses).ToArray();
        Assert.Contains(gateway, used => used.StartsWith("Amazon.S3.", StringComparison.Ordinal));
        var transfer = _core.Types.Where(type => _core.NameOf(type).StartsWith("CseKms.Core.Transfer.", StringComparison.Ordinal)).SelectMany(_core.Uses);
        Assert.Contains(transfer, used => used.StartsWith("CseKms.Core.Algorithms.", StringComparison.Ordinal));
    }

    [Fact]
    public void The_module_folder_brings_no_PowerShell()
    {
        var files = Directory.EnumerateFiles(BuiltModule.Folder, "*.dll", SearchOption.AllDirectories).Select(Path.GetFileName).ToArray();
        Assert.Contains("AWSSDK.Core.dll", files);
        Assert.DoesNotContain("System.Management.Automation.dll", files);
        Assert.Equal(["CseKms.dll"], Directory.EnumerateFiles(BuiltModule.File("bin"), "*.dll").Select(Path.GetFileName));
    }

    [Fact]
    public void All_parts_have_the_version_of_the_manifest()
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
