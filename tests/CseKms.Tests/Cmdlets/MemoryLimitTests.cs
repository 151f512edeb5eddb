using Xunit;

namespace CseKms.Tests.Cmdlets;

public sealed class MemoryLimitTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox);

    [Theory]
    [InlineData("Receive-CseS3Object -Key large -AsByteStream -MemoryLimit 32MB @s3")]
    [InlineData("Set-CseSession -MemoryLimit 32MB; Receive-CseS3Object -Key large -AsByteStream @s3")]
    public void MemoryLimit_bounds_what_goes_to_the_pipeline(string script)
    {
        _session.Run("Send-CseS3Object -InputStream ([IO.MemoryStream]::new([byte[]]::new(33MB))) -Key large -MemoryLimit 32MB @s3").Good();
        Assert.Equal(["TooLargeForPipeline"], _session.Run(script).Ids());
        Assert.Equal(33 << 20, ((byte[])_session.Run("Receive-CseS3Object -Key large -AsByteStream -MemoryLimit 40MB @s3").Good().Output.Single().BaseObject).Length);
    }

    [Theory]
    [InlineData("Receive-CseS3Object -Key x -AsString -MemoryLimit 31MB @s3")]
    [InlineData("Send-CseS3Object -Content x -Key x -MemoryLimit 0 @s3")]
    [InlineData("Set-CseSession -MemoryLimit 1")]
    public void MemoryLimit_is_at_least_two_parts(string script) =>
        Assert.Equal("ParameterArgumentValidationError", _session.Ends(script).Id());

    public void Dispose() => _session.Dispose();
}
