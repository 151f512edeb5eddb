using System.Management.Automation;
using System.Reflection;
using Xunit;

namespace CseKms.Tests.Binding;

/// <summary>The rules of each platform as values. The mappers are internal, and the one assembly that counts is the imported one.</summary>
public sealed class PathRulesTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox);

    [Theory]
    // Every platform.
    [InlineData("Windows MacOS Linux", "a/b.txt", "a|b.txt")]
    [InlineData("Windows MacOS Linux", "日本/東京.txt", "日本|東京.txt")]
    [InlineData("Windows MacOS Linux", "🗝️/é", "🗝️|é")]
    [InlineData("Windows MacOS Linux", ".hidden/..a/b..c", ".hidden|..a|b..c")]
    [InlineData("Windows MacOS Linux", "console/nul1/com/com10/auxiliary", "console|nul1|com|com10|auxiliary")]
    [InlineData("Windows MacOS Linux", "folder/", "")]
    [InlineData("Windows MacOS Linux", "", "")]
    [InlineData("Windows MacOS Linux", "../x", "KeyLeavesDestination")]
    [InlineData("Windows MacOS Linux", "a/../x", "KeyLeavesDestination")]
    [InlineData("Windows MacOS Linux", "a/..", "KeyLeavesDestination")]
    [InlineData("Windows MacOS Linux", "./x", "KeyLeavesDestination")]
    [InlineData("Windows MacOS Linux", "/x", "KeyLeavesDestination")]
    [InlineData("Windows MacOS Linux", "//server/share/x", "KeyLeavesDestination")]
    [InlineData("Windows MacOS Linux", "a//x", "KeyNotMappable")]
    [InlineData("Windows MacOS Linux", "a\0b", "KeyLeavesDestination")]
    // A backslash separates on Windows and is a letter elsewhere; so is a colon.
    [InlineData("Windows", "a\\b", "KeyLeavesDestination")]
    [InlineData("Windows", "..\\b", "KeyLeavesDestination")]
    [InlineData("Windows", "C:\\b", "KeyLeavesDestination")]
    [InlineData("Windows", "C:/b", "KeyLeavesDestination")]
    [InlineData("Windows", "c:b", "KeyLeavesDestination")]
    [InlineData("Windows", "a/file:stream", "KeyLeavesDestination")]
    [InlineData("MacOS Linux", "a\\b", "a\\b")]
    [InlineData("MacOS Linux", "C:/b", "C:|b")]
    [InlineData("MacOS Linux", "a/file:stream", "a|file:stream")]
    // Devices, whatever follows the first dot.
    [InlineData("Windows", "CON", "KeyLeavesDestination")]
    [InlineData("Windows", "a/nul.txt", "KeyLeavesDestination")]
    [InlineData("Windows", "prn/a", "KeyLeavesDestination")]
    [InlineData("Windows", "Aux.tar.gz", "KeyLeavesDestination")]
    [InlineData("Windows", "COM1 .log", "KeyLeavesDestination")]
    [InlineData("Windows", "lpt9", "KeyLeavesDestination")]
    [InlineData("Windows", "COM¹", "KeyLeavesDestination")]
    [InlineData("Windows", "CONIN$", "KeyLeavesDestination")]
    [InlineData("MacOS Linux", "CON/nul.txt", "CON|nul.txt")]
    // What Windows cuts off or reserves.
    [InlineData("Windows", "a./b", "KeyNotMappable")]
    [InlineData("Windows", "a/b ", "KeyNotMappable")]
    [InlineData("Windows", "a/...", "KeyNotMappable")]
    [InlineData("Windows", "a/b?", "KeyNotMappable")]
    [InlineData("Windows", "a/b*", "KeyNotMappable")]
    [InlineData("Windows", "a/<b>", "KeyNotMappable")]
    [InlineData("Windows", "a/\"b\"", "KeyNotMappable")]
    [InlineData("Windows", "a/b|c", "KeyNotMappable")]
    [InlineData("Windows", "a/b\n", "KeyNotMappable")]
    [InlineData("Windows", "a/b\u001f", "KeyNotMappable")]
    [InlineData("MacOS Linux", "a./b ", "a.|b ")]
    [InlineData("MacOS Linux", "a/b\n?*", "a|b\n?*")]
    public void KeysAndTheFilesThatTheyName(string platforms, string key, string expected)
    {
        foreach (var platform in platforms.Split(' '))
        {
            Assert.Equal((platform, expected), (platform, Map(platform, key)));
        }
    }

    [Fact]
    public void Names_may_have_255_bytes()
    {
        foreach (var platform in new[] { "MacOS", "Linux" })
        {
            Assert.Equal(new string('a', 255), Map(platform, new string('a', 255)));
            Assert.Equal("KeyNotMappable", Map(platform, new string('a', 256)));
            Assert.Equal(new string('日', 85), Map(platform, new string('日', 85)));
            Assert.Equal("KeyNotMappable", Map(platform, new string('日', 86)));
        }

        // Windows counts UTF-16.
        Assert.Equal(new string('日', 255), Map("Windows", new string('日', 255)));
        Assert.Equal("KeyNotMappable", Map("Windows", new string('日', 256)));
    }

    [Theory]
    [InlineData("README", "readme", "Windows MacOS")]
    [InlineData("É/x", "é/x", "Windows MacOS")]
    [InlineData("\u00E9", "e\u0301", "MacOS")]
    [InlineData("\u00C9", "e\u0301", "MacOS")]
    [InlineData("a/b", "a/b", "Windows MacOS Linux")]
    [InlineData("a", "b", "")]
    public void Two_keys_for_one_file_collide_as_the_platform_has_it(string one, string other, string platforms)
    {
        foreach (var platform in new[] { "Windows", "MacOS", "Linux" })
        {
            var mapper = Mapper(platform);
            Assert.Null(Claim(mapper, one));
            Assert.Equal((platform, platforms.Split(' ').Contains(platform) ? "PathCollision" : null), (platform, Claim(mapper, other)));
        }
    }

    [Theory]
    [InlineData("Windows", "", "a\\b\\c", "a/b/c")]
    [InlineData("Windows", "p", "a\\b", "p/a/b")]
    [InlineData("Windows", "p\\q", "a", "p/q/a")]
    [InlineData("Windows", "p\\", "a", "p/a")]
    [InlineData("Linux", "p\\q", "a", "p\\q/a")]
    [InlineData("Linux", "p/", "a\\b/c", "p/a\\b/c")]
    [InlineData("MacOS", "p//", "a/c", "p//a/c")]
    public void A_file_has_its_key(string platform, string prefix, string relativePath, string key)
    {
        var mapper = New("CseKms.Binding.KeyMapper", Rules(platform));
        Assert.Equal(key, mapper.GetType().GetMethod("KeyOf")!.Invoke(mapper, [prefix, relativePath]));
    }

    public void Dispose() => _session.Dispose();

    private Assembly Imported => ((Type)_session.Run("[CseKms.CommitmentPolicy]").Good().Output.Single().BaseObject).Assembly;

    private object Rules(string platform) => Type("CseKms.Binding.PathRules").GetField(platform)!.GetValue(null)!;

    private object Mapper(string platform) => New("CseKms.Binding.PathMapper", Rules(platform));

    private string? Map(string platform, string key)
    {
        var mapper = Mapper(platform);
        object?[] arguments = [Address(key), key, null];
        var error = (ErrorRecord?)mapper.GetType().GetMethod("Map")!.Invoke(mapper, arguments);
        return error?.Id() ?? string.Join('|', (IEnumerable<string>)arguments[2]!);
    }

    private string? Claim(object mapper, string key) =>
        ((ErrorRecord?)mapper.GetType().GetMethod("Claim")!.Invoke(mapper, [Address(key), "folder", key.Split('/')]))?.Id();

    private object Address(string key)
    {
        var type = Type("CseKms.Binding.PathMapper").GetMethod("Map")!.GetParameters()[0].ParameterType;
        return Activator.CreateInstance(type, "bucket", key, null, null)!;
    }

    private object New(string type, object argument) => Activator.CreateInstance(Type(type), argument)!;

    private Type Type(string name) => Imported.GetType(name, throwOnError: true)!;
}
