using CseKms.Core.Aws.Identity;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Interop;

/// <summary>Roles assumed at an STS that is not ours.</summary>
[Needs(Interpreter.PythonCommand)]
public class MotoSignInTests(MotoFixture moto)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData("arn:aws:iam::123456789012:mfa/me")]
    public async Task A_profile_assumes_a_role(string? mfaSerial)
    {
        var endpoint = await moto.GetAsync();
        var bucket = await endpoint.NewBucketAsync();
        var key = await endpoint.NewKeyAsync();
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(
            folder.File("credentials"),
            $"""
            [user]
            aws_access_key_id = access-key
            aws_secret_access_key = secret-key
            [role]
            role_arn = arn:aws:iam::123456789012:role/role
            source_profile = user
            endpoint_url = {endpoint.Connection.EndpointUrl}
            {(mfaSerial is null ? "" : $"mfa_serial = {mfaSerial}")}
            """,
            Cancellation);
        var person = new Person();
        SignIn.Current = person;
        var session = new EncryptionSession();
        var settings = new ConnectionSettings
        {
            Region = "us-east-1",
            Identity = new() { ProfileName = "role", ProfileLocation = folder.File("credentials") },
            ForcePathStyleAddressing = true,
        };

        for (var i = 0; i < 3; i++)
        {
            var client = await session.OpenAsync(settings, new() { Key = KeySource.Kms(key) }, new(), Cancellation);
            var address = new ObjectAddress(bucket, $"{i}");
            await client.UploadAsync(new UploadRequest(address, UploadSource.FromBytes([1, 2, 3])), NullObserver.Instance, Cancellation);
            Assert.Equal([1, 2, 3], (await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation)).Plaintext);
        }

        Assert.Equal(mfaSerial is null ? [] : [mfaSerial], person.Asked);
        var description = Assert.Single(session.Describe().Clients);
        Assert.Equal("profile role, arn:aws:iam::123456789012:role/role", description.Identity);
        Assert.InRange(description.CredentialsExpire!.Value, DateTime.UtcNow.AddMinutes(10), DateTime.UtcNow.AddMinutes(70));
    }

    private sealed class Person : ISignIn
    {
        public List<string> Asked { get; } = [];

        public CancellationToken Ended => Cancellation;

        public Task<string> AskMfaCodeAsync(string serial)
        {
            Asked.Add(serial);
            return Task.FromResult("123456");
        }

        public Task ShowSsoSignInAsync(string url, string code) => throw new NotSupportedException();
    }
}
