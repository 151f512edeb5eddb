using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace CseKms.Core.Tests;

public partial class ConformanceTests
{
    [Fact]
    public void Every_test_that_the_conformance_page_names_exists()
    {
        var tests = Assembly.GetExecutingAssembly().GetTypes()
            .SelectMany(type => type.GetMethods().Where(method => method.IsDefined(typeof(FactAttribute), inherit: true)).Select(method => $"{type.Name}.{method.Name}"))
            .ToHashSet();
        var named = TestName().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "CONFORMANCE.md"))).Select(match => match.Groups[1].Value).ToHashSet();

        Assert.True(named.Count > 50);
        Assert.Empty(named.Except(tests));
    }

    [Fact]
    public void The_conformance_page_has_no_empty_row() =>
        Assert.DoesNotContain(
            File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "CONFORMANCE.md")).Where(line => line.StartsWith('|')),
            row => row.Trim('|').Split('|').Any(string.IsNullOrWhiteSpace));

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex TestName();
}
