using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>What a user does with a listing: chooses, groups, sorts, keeps.</summary>
public sealed class ListingTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox);

    [Theory]
    [InlineData("Get-CseS3Object $bucket")]
    [InlineData("Get-CseS3Object $bucket -Key a")]
    [InlineData("Get-CseS3Object $bucket -Envelope")]
    [InlineData("Get-CseS3Object $bucket -AllVersions")]
    [InlineData("Get-CseS3Object $bucket -AllVersions -Envelope")]
    public void Times_compare_with_those_of_the_user(string listing)
    {
        _session.Store("a");
        var zone = Environment.GetEnvironmentVariable("TZ");
        try
        {
            Environment.SetEnvironmentVariable("TZ", "Asia/Tokyo");
            TimeZoneInfo.ClearCachedData();
            Assert.Equal(9, TimeZoneInfo.Local.BaseUtcOffset.TotalHours);
            Assert.Equal(["a"], _session.Run($"{listing} | Where-Object LastModified -gt ([datetime]::Now.AddHours(-1))").Good().All("Key"));
            Assert.Equal(["a"], _session.Run($"{listing} | Where-Object {{ [datetime]::Now.AddMinutes(1) -gt $_.LastModified }}").Good().All("Key"));
            Assert.Equal(["a"], _session.Run(
                $"{listing} | ForEach-Object {{ [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($_)) }} | Where-Object LastModified -gt ([datetime]::Now.AddHours(-1))").Good().All("Key"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("TZ", zone);
            TimeZoneInfo.ClearCachedData();
        }
    }

    [Fact]
    public void Tables_show_the_year_of_S3_in_every_calendar()
    {
        _session.Store("a");
        _session.Run("[cultureinfo]::CurrentCulture = 'th-TH'").Good();
        try
        {
            Assert.Contains($"{DateTime.Now.Year.ToString(System.Globalization.CultureInfo.InvariantCulture)}-", _session.Show("[cultureinfo]::CurrentCulture = 'th-TH'; Get-CseS3Object $bucket"));
        }
        finally
        {
            _session.Run("[cultureinfo]::CurrentCulture = ''").Good();
        }
    }

    [Fact]
    public void Objects_are_chosen_by_their_format()
    {
        _session.Store("a");
        sandbox.Server.Objects.Put(_session.Bucket, "plain", [1], new Dictionary<string, string>());
        Assert.Equal(["a"], _session.Run("Get-CseS3Object $bucket -Envelope | Where-Object Format -eq V3").Good().All("Key"));
        Assert.Equal(["", "V3"], _session.Run("Get-CseS3Object $bucket -Envelope | Group-Object Format").Good().All("Name"));
    }

    [Fact]
    public async Task Envelopes_come_in_the_order_of_the_listing()
    {
        _session.Store(Enumerable.Range(0, 40).Select(i => $"{i:D2}"));
        using var first = sandbox.Server.Faults.Hold(request => request.Operation == "HeadObject" && request.Bucket == _session.Bucket && request.Key == "00");
        var running = _session.Begin("Get-CseS3Object $bucket -Envelope");
        await first.Struck.WaitAsync(TestContext.Current.CancellationToken);
        Assert.True(SpinWait.SpinUntil(() => sandbox.Server.Requests.Count(request => request.Operation == "HeadObject" && request.Bucket == _session.Bucket) >= 16, TimeSpan.FromSeconds(30)));
        first.Release();
        Assert.Equal(_session.Keys, (await running).Good().Output.Select(item => (string)item.Properties["Key"].Value));
    }

    public void Dispose() => _session.Dispose();
}
