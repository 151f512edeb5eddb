using CseKms.Core.Settings;
using Xunit;

namespace CseKms.Core.Tests.Settings;

public class ConnectionSettingsTests
{
    private static readonly ConnectionSettings Usual = new()
    {
        Identity = new() { AccessKey = "key", SecretKey = "secret", SessionToken = "token" },
        Region = "eu-west-1",
        KmsProfileName = "keys",
        EndpointUrl = "https://s3.example.com",
        KmsEndpointUrl = "https://kms.example.com",
        ForcePathStyleAddressing = true,
        UseFipsEndpoint = true,
        UseDualstackEndpoint = true,
        RequestChecksumCalculation = "WHEN_REQUIRED",
        RequesterPays = true,
    };

    [Fact]
    public void What_is_left_open_is_taken_from_below() => Assert.Equal(Usual, new ConnectionSettings().Over(Usual));

    [Fact]
    public void Every_setting_that_is_given_stands()
    {
        var given = new ConnectionSettings
        {
            Identity = new() { ProfileName = "me" },
            Region = "us-east-1",
            KmsProfileName = "others",
            EndpointUrl = "https://other.example.com",
            KmsEndpointUrl = "https://others.example.com",
            ForcePathStyleAddressing = false,
            UseFipsEndpoint = false,
            UseDualstackEndpoint = false,
            RequestChecksumCalculation = "WHEN_SUPPORTED",
            RequesterPays = false,
        };

        // So that no setting is forgotten above.
        Assert.All(typeof(ConnectionSettings).GetProperties(), property => Assert.NotEqual(property.GetValue(Usual), property.GetValue(given)));
        Assert.Equal(given, given.Over(Usual));
    }

    [Fact]
    public void Two_identities_are_never_mixed()
    {
        foreach (var given in new CallerIdentity[]
        {
            new() { ProfileName = "me" }, new() { AccessKey = "other" }, new() { SecretKey = "other" }, new() { ProfileLocation = "file" }, new(),
        })
        {
            Assert.Equal(given, new ConnectionSettings { Identity = given }.Over(Usual).Identity);
        }
    }

    [Fact]
    public void An_empty_text_stands_for_none()
    {
        var cleared = new ConnectionSettings { Region = "", EndpointUrl = "", Identity = new() { ProfileName = "" } }.Over(Usual);

        Assert.Equal(Usual with { Region = null, EndpointUrl = null, Identity = new() }, cleared);
    }

    [Fact]
    public void No_secret_is_in_what_may_be_shown()
    {
        Assert.Equal(new CallerIdentity { AccessKey = "key" }, Usual.Identity!.WithoutSecrets());
        Assert.DoesNotContain("secret", $"{Usual} {Usual.Identity}", StringComparison.Ordinal);
    }
}
