using System.Text.Json;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using CseKms.Core.Aws;
using CseKms.Core.Aws.Identity;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using Xunit;

namespace CseKms.Core.Tests.Interop;

/// <summary>An S3 with a KMS, set up and looked at by their public calls alone.</summary>
public sealed class TestEndpoint : IDisposable
{
    private readonly IAmazonKeyManagementService _kms;

    public TestEndpoint(ConnectionSettings connection)
    {
        Connection = connection;
        var identity = new ResolvedIdentity("", "", null, new BasicAWSCredentials(connection.Identity!.AccessKey, connection.Identity.SecretKey));
        S3 = ClientFactory.S3(identity, ServiceEndpoint.OfS3(connection, connection.Region!), connection.ForcePathStyleAddressing == true);
        _kms = ClientFactory.Kms(identity, ServiceEndpoint.OfKms(connection, connection.Region!));
    }

    public ConnectionSettings Connection { get; }

    public IAmazonS3 S3 { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async Task<string> NewBucketAsync()
    {
        var name = $"bucket-{Guid.NewGuid():N}";
        await S3.PutBucketAsync(name, Cancellation);
        return name;
    }

    /// <summary>Creates a KMS key and returns its ARN.</summary>
    public async Task<string> NewKeyAsync() =>
        (await _kms.CreateKeyAsync(new CreateKeyRequest(), Cancellation)).KeyMetadata.Arn;

    public Task<S3EncryptionClient> OpenAsync(
        string kmsKeyId, CommitmentPolicy policy = default, IReadOnlyDictionary<string, string>? context = null, RewrapSettings? rewrap = null) =>
        new EncryptionSession().OpenAsync(Connection, Settings(kmsKeyId, policy, context) with { Rewrap = rewrap }, new(), Cancellation);

    /// <summary>A client for files, with the KMS of the endpoint.</summary>
    public FileEncryptionClient OpenFiles(string kmsKeyId, CommitmentPolicy policy, IReadOnlyDictionary<string, string> context) =>
        new EncryptionSession().OpenFiles(Connection, Settings(kmsKeyId, policy, context), new());

    /// <summary>Stores an object again after a change of its metadata, which are given without their prefix, or of its bytes.</summary>
    public async Task TamperAsync(ObjectAddress address, Action<Dictionary<string, string>>? metadata = null, Action<byte[]>? content = null)
    {
        using var stored = await S3.GetObjectAsync(address.BucketName, address.Key, Cancellation);
        using var bytes = new MemoryStream();
        await stored.ResponseStream.CopyToAsync(bytes, Cancellation);
        var (newMetadata, newContent) = (stored.Metadata.Keys.ToDictionary(name => name["x-amz-meta-".Length..], name => stored.Metadata[name]), bytes.ToArray());
        metadata?.Invoke(newMetadata);
        content?.Invoke(newContent);
        await PutAsync(address, newContent, newMetadata);
    }

    /// <summary>Stores an object as it is given.</summary>
    public async Task PutAsync(ObjectAddress address, byte[] content, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var request = new PutObjectRequest { BucketName = address.BucketName, Key = address.Key, InputStream = new MemoryStream(content) };
        foreach (var (name, value) in metadata ?? new Dictionary<string, string>())
        {
            request.Metadata[name] = value;
        }

        await S3.PutObjectAsync(request, Cancellation);
    }

    /// <summary>Fetches the stored bytes, and the user metadata as the AWS CLI prints them.</summary>
    public async Task<(byte[] Bytes, string Json)> FetchAsync(ObjectAddress address)
    {
        using var stored = await S3.GetObjectAsync(address.BucketName, address.Key, Cancellation);
        using var bytes = new MemoryStream();
        await stored.ResponseStream.CopyToAsync(bytes, Cancellation);
        var metadata = stored.Metadata.Keys.ToDictionary(name => name["x-amz-meta-".Length..], name => stored.Metadata[name]);
        return (bytes.ToArray(), JsonSerializer.Serialize(new { AcceptRanges = "bytes", ContentLength = bytes.Length, stored.ETag, Metadata = metadata }));
    }

    public void Dispose()
    {
        S3.Dispose();
        _kms.Dispose();
    }

    private static EncryptionSettings Settings(string kmsKeyId, CommitmentPolicy policy, IReadOnlyDictionary<string, string>? context) => new()
    {
        Key = KeySource.Kms(kmsKeyId),
        CommitmentPolicy = policy,
        EncryptionContext = context ?? new Dictionary<string, string>(),
    };
}
