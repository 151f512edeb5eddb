using Xunit;

namespace CseKms.Pester;

/// <summary>The suite of this folder, test by test: what a user does in a real PowerShell, with the module as it was built.</summary>
public class PesterTests
{
    public static IEnumerable<TheoryDataRow<PesterTest>> Tests =>
        PesterRun.Current.Tests.Select(test => new TheoryDataRow<PesterTest>(test) { TestDisplayName = test.File });

    /// <summary>Not enumerated at discovery, which would run the suite once more.</summary>
    [Theory]
    [MemberData(nameof(Tests), DisableDiscoveryEnumeration = true)]
    public void Pester(PesterTest test)
    {
        Assert.SkipWhen(test.Result == "Skipped", "The suite skips it on this platform.");
        Assert.True(test.Result == "Passed", $"{test.Result} after {test.Milliseconds:0} ms: {test.Reason}");
        TestContext.Current.TestOutputHelper!.WriteLine($"{test.Milliseconds:0} ms");
    }

    [Fact]
    public void No_block_and_no_file_broke()
    {
        Assert.True(PesterRun.Current.Broken.Count == 0, string.Join("\n", PesterRun.Current.Broken));
        Assert.NotEmpty(PesterRun.Current.Tests);
    }
}
