using System.Reflection;
using Xunit;

namespace CseKms.Tests.Binding;

/// <summary>Whatever a key is, the file that it goes to is below the destination on each platform, or there is an error with an id.</summary>
public sealed class PathMapperFuzzTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox);

    [Theory]
    [InlineData("Windows")]
    [InlineData("MacOS")]
    [InlineData("Linux")]
    public void No_key_leads_out_of_the_destination(string platform)
    {
        var assembly = ((Type)_session.Run("[CseKms.CommitmentPolicy]").Good().Output.Single().BaseObject).Assembly;
        var mapperType = assembly.GetType("CseKms.Binding.PathMapper", throwOnError: true)!;
        var rules = assembly.GetType("CseKms.Binding.PathRules", throwOnError: true)!.GetField(platform)!.GetValue(null)!;
        var map = mapperType.GetMethod("Map")!;
        var below = map.GetParameters()[0].ParameterType.Assembly.GetType("CseKms.Core.Content.FileDestination", throwOnError: true)!
            .GetMethod("Below", BindingFlags.Public | BindingFlags.Static)!;
        var root = OperatingSystem.IsWindows() ? @"C:\destination" : "/destination";

        var mapped = 0;
        var cases = Fuzz.Run(random =>
        {
            var key = random.Next(4) == 0 ? random.Changed("a/b/c.txt") : random.Text(10);
            object?[] arguments = [Activator.CreateInstance(map.GetParameters()[0].ParameterType, "bucket", key, null, null), key, null];
            if (map.Invoke(Activator.CreateInstance(mapperType, rules), arguments) is not null)
            {
                return;
            }

            mapped++;
            var names = (IReadOnlyList<string>)arguments[2]!;
            Assert.True(names.Count > 0 || key.Length == 0 || key.EndsWith('/'));
            Assert.All(names, name => AssertPlain(platform, name));
            if (names.Count > 0 && platform == Current)
            {
                Assert.Equal(key, string.Join('/', names));
                var path = (string)below.ReturnType.GetProperty("Path")!.GetValue(below.Invoke(null, [root, names, false, null]))!;
                Assert.StartsWith(root + Path.DirectorySeparatorChar, Path.GetFullPath(path), StringComparison.Ordinal);
            }
        });

        Assert.True(cases == 1 || mapped > cases / 20, $"Of {cases:N0} keys {mapped:N0} had a path.");
    }

    public void Dispose() => _session.Dispose();

    private static string Current => OperatingSystem.IsWindows() ? "Windows" : OperatingSystem.IsMacOS() ? "MacOS" : "Linux";

    private static void AssertPlain(string platform, string name)
    {
        Assert.DoesNotContain(name, new[] { "", ".", ".." });
        Assert.DoesNotContain(name, c => c is '/' or '\0');
        if (platform == "Windows")
        {
            Assert.DoesNotContain(name, c => c < ' ' || "\\:<>\"|?*".Contains(c));
            Assert.DoesNotContain(name[^1], ". ");
            Assert.DoesNotContain(name.Split('.')[0].TrimEnd(), new[] { "CON", "NUL", "COM¹" }, StringComparer.OrdinalIgnoreCase);
        }
    }
}
