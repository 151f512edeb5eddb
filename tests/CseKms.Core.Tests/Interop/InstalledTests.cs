using CseKms.Core.Tests.Wycheproof;
using Xunit;

namespace CseKms.Core.Tests.Interop;

/// <summary>What of other makers the tests go to and fro with. The names tell what to install; the output shows no more of a skipped test.</summary>
public sealed class InstalledTests
{
    [Fact(DisplayName = "What the tests with Python need: moto[s3], flask, flask-cors, boto3 and cryptography, by pip")]
    public Task Python() => AssertAsync(Interpreter.Python);

    [Fact(DisplayName = "What the tests with Ruby need: Debian's ruby-aws-sdk-s3 and ruby-aws-sdk-kms")]
    public Task Ruby() => AssertAsync(Interpreter.Ruby);

    [Fact(DisplayName = "What the tests with Wycheproof need: its folder testvectors_v1, named by CSEKMS_WYCHEPROOF or as wycheproof beside the repository")]
    public void Wycheproof() => Assert.SkipUnless(WycheproofFiles.AreThere, "Not there; its tests are not run.");

    private static async Task AssertAsync(Interpreter interpreter) =>
        Assert.SkipUnless(await interpreter.IsInstalledAsync(), "Not installed; its tests are not run.");
}
