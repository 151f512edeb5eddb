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

    [Fact]
    public void Every_line_of_the_security_page_names_a_test_that_exists_and_the_code_that_holds_it()
    {
        var tests = Files.Where(file => file.EndsWith("Tests.cs", StringComparison.Ordinal))
            .SelectMany(file => TestMethod().Matches(File.ReadAllText(file)).Select(match => $"{Path.GetFileNameWithoutExtension(file)}.{match.Groups["name"].Value}"))
            .ToHashSet();
        var page = File.ReadAllText(Path.Combine(Root, "SECURITY.md"));
        var lines = page[..page.IndexOf("## What a bad day leaves behind", StringComparison.Ordinal)]
            .Split('\n').Where(line => line.StartsWith('|') && !line.StartsWith("|-", StringComparison.Ordinal) && !line.Contains("| tested by |", StringComparison.Ordinal))
            .Select(line => line.Split('|')).ToList();

        Assert.True(lines.Count > 20);
        Assert.All(lines, line =>
        {
            var named = TestName().Matches(line[2]).Select(match => match.Groups["name"].Value).ToList();
            Assert.NotEmpty(named);
            Assert.Empty(named.Except(tests));
            Assert.Contains(Link().Matches(line[3]), match => match.Groups["path"].Value.StartsWith("src/", StringComparison.Ordinal));
        });
    }

    [GeneratedRegex(@"`(?<name>\w+Tests\.\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"\[(Fact|Theory)\b(?:(?!\bpublic ).)*public (?:async )?(?:Task|void) (?<name>\w+)\(", RegexOptions.Singleline)]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"[\\/](bin|obj)[\\/]")]
    private static partial Regex BuiltFolder();

    [GeneratedRegex(@"\]\((?!https?:|#)(?<path>[^)#]+)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`(?<name>[A-Z]\w+)`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
