using System.Text.RegularExpressions;
using Xunit;

namespace CseKms.Core.Tests;

/// <summary>What the repository's documents point at is there.</summary>
public partial class PapersTests
{
    // The module is built into output/CseKms/<version> of the repository.
    private static readonly string Root = Path.GetFullPath(Path.Combine(BuiltModule.Folder, "..", "..", ".."));

    private static readonly IReadOnlyList<string> Files =
    [
        .. Directory.EnumerateFiles(Root, "*.md"),
        .. new[] { "src", "tests" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories))
            .Where(file => !BuiltFolder().IsMatch(file)),
    ];

    [Fact]
    public void Every_link_leads_to_a_file_or_folder()
    {
        var links = Files.Where(file => file.EndsWith(".md", StringComparison.Ordinal))
            .SelectMany(file => Link().Matches(File.ReadAllText(file)).Select(match => (From: file, To: match.Groups["path"].Value)))
            .ToList();

        Assert.True(links.Count > 20);
        Assert.DoesNotContain(links, link => !Path.Exists(Path.Combine(Path.GetDirectoryName(link.From)!, link.To)));
    }

    [Theory]
    [InlineData("src/README.md")]
    [InlineData("src/CseKms.Core/Format/README.md")]
    public void Every_name_of_the_code_is_in_the_code(string paper)
    {
        var code = Files.Where(file => file.StartsWith(Path.Combine(Root, "src"), StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal))
            .SelectMany(file => Word().Matches(File.ReadAllText(file)).Select(match => match.Value))
            .ToHashSet();
        var named = CodeSpan().Matches(File.ReadAllText(Path.Combine(Root, paper))).Select(match => match.Groups["name"].Value).ToHashSet();

        Assert.True(named.Count > 20);
        Assert.Empty(named.Except(code));
    }

    [GeneratedRegex(@"[\\/](bin|obj)[\\/]")]
    private static partial Regex BuiltFolder();

    [GeneratedRegex(@"\]\((?!https?:|#)(?<path>[^)#]+)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`(?<name>[A-Z]\w+)`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
