using System.Security.Cryptography;
using Amazon.Extensions.S3.Encryption;
using Amazon.Extensions.S3.Encryption.Primitives;
using Amazon.KeyManagementService;
using Amazon.S3.Model;
using CseKms.Core;
using CseKms.Core.Content;
using CseKms.Core.Materials;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using Xunit;
using OurPolicy = CseKms.Core.Settings.CommitmentPolicy;
using TheirPolicy = Amazon.Extensions.S3.Encryption.CommitmentPolicy;

namespace CseKms.OfficialClient;

/// <summary>One object, and both clients of it with the same key.</summary>
internal sealed class Site : IDisposable, ITransferObserver
{
    private static readonly byte[] AesKey = RandomNumberGenerator.GetBytes(32);
    private static readonly RSA RsaKey = RSA.Create(2048);

    private readonly SandboxFixture _sandbox;
    private readonly string _client;
    private readonly string _key;
    private readonly bool _inFile;
    private readonly Aes _aes = Aes.Create();
    private readonly List<RawKey> _rawKeys = [];

    /// <param name="sandbox">Where the object is.</param>
    /// <param name="client">V2, V4 or V4 without commitment: the official client.</param>
    /// <param name="key">KMS, AES or RSA.</param>
    /// <param name="inFile">Whether the envelope is in an instruction file.</param>
    public Site(SandboxFixture sandbox, string client, string key, bool inFile)
    {
        _sandbox = sandbox;
        _client = client;
        _key = key;
        _inFile = inFile;
        _aes.Key = AesKey;
        Address = new ObjectAddress(sandbox.NewBucket(), "folder/ö +&=");
    }

    public ObjectAddress Address { get; }

    public Dictionary<string, string> Context { get; init; } = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private bool Commits => _client == "V4";

    public async Task WeSendAsync(byte[] content) =>
        await (await OpenAsync()).UploadAsync(
            new UploadRequest(Address, UploadSource.FromBytes(content)) { InstructionFile = _inFile }, this, Cancellation);

    public async Task<byte[]> WeReceiveAsync() =>
        (await (await OpenAsync()).DownloadBytesAsync(new DownloadRequest(Address), this, Cancellation)).Plaintext;

    public async Task TheySendAsync(byte[] content)
    {
        using var client = Official();
        await client.PutObjectAsync(
            new PutObjectRequest { BucketName = Address.BucketName, Key = Address.Key, InputStream = new MemoryStream(content) }, Cancellation);
    }

    public async Task TheySendInPartsAsync(byte[] content, int partSize)
    {
        using var client = Official();
        var begun = await client.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest { BucketName = Address.BucketName, Key = Address.Key }, Cancellation);
        var parts = new List<PartETag>();

        // It goes on reading the stream that the first part came with, and the tag comes after the last part's content.
        using var stream = new MemoryStream(content);
        for (var sent = 0; sent < content.Length; sent += partSize)
        {
            var number = parts.Count + 1;
            var uploaded = await client.UploadPartAsync(
                new UploadPartRequest
                {
                    BucketName = Address.BucketName,
                    Key = Address.Key,
                    UploadId = begun.UploadId,
                    PartNumber = number,
                    PartSize = sent + partSize >= content.Length ? content.Length - sent + 16 : partSize,
                    InputStream = stream,
                    IsLastPart = sent + partSize >= content.Length,
                },
                Cancellation);
            parts.Add(new PartETag(uploaded));
        }

        await client.CompleteMultipartUploadAsync(
            new CompleteMultipartUploadRequest { BucketName = Address.BucketName, Key = Address.Key, UploadId = begun.UploadId, PartETags = parts },
            Cancellation);
    }

    public async Task<byte[]> TheyReceiveAsync()
    {
        using var client = Official();
        using var response = await client.GetObjectAsync(Address.BucketName, Address.Key, Cancellation);
        var content = new MemoryStream();
        await response.ResponseStream.CopyToAsync(content, Cancellation);
        return content.ToArray();
    }

    public void LengthKnown(long bytes)
    {
    }

    public void TemporaryFileLeft(string path)
    {
    }

    public void MayHaveReplaced(string path)
    {
    }

    public void UploadLeft(ObjectAddress address, string? uploadId)
    {
    }

    public void Transferred(long bytes)
    {
    }

    public void Dispose()
    {
        _aes.Dispose();
        _rawKeys.ForEach(key => key.Dispose());
    }

    private Task<S3EncryptionClient> OpenAsync() => new EncryptionSession().OpenAsync(
        new ConnectionSettings
        {
            Region = "us-east-1",
            Identity = new() { AccessKey = _sandbox.Server.Admin.AccessKeyId, SecretKey = _sandbox.Server.Admin.SecretAccessKey },
            EndpointUrl = _sandbox.Server.HttpUrl,
            KmsEndpointUrl = _sandbox.Server.HttpUrl,
            ForcePathStyleAddressing = true,
        },
        new EncryptionSettings
        {
            Key = _key == "KMS" ? KeySource.Kms(_sandbox.KmsKeyArn) : KeySource.Raw(OurKey()),
            EncryptionContext = Context,
            CommitmentPolicy = Commits ? OurPolicy.RequireEncryptRequireDecrypt : OurPolicy.ForbidEncryptAllowDecrypt,
        },
        new TransferSettings(),
        Cancellation);

    private RawKey OurKey()
    {
        if (_key == "AES")
        {
            _rawKeys.Add(RawKey.FromAes(AesKey));
        }
        else
        {
            var file = Path.GetTempFileName();
            File.WriteAllText(file, RsaKey.ExportPkcs8PrivateKeyPem());
            _rawKeys.Add(RawKey.FromRsaPemFile(file, isPrivate: true));
            File.Delete(file);
        }

        return _rawKeys[^1];
    }

    // It writes into the context that it is given, hence the copies.
    private AmazonS3EncryptionClientBase Official()
    {
        var (id, secret) = (_sandbox.Server.Admin.AccessKeyId, _sandbox.Server.Admin.SecretAccessKey);
        if (_client == "V2")
        {
            var materials = _key switch
            {
                "KMS" => new EncryptionMaterialsV2(_sandbox.KmsKeyArn, KmsType.KmsContext, new(Context)),
                "AES" => new EncryptionMaterialsV2(_aes, SymmetricAlgorithmType.AesGcm),
                _ => new EncryptionMaterialsV2(RsaKey, AsymmetricAlgorithmType.RsaOaepSha1),
            };
            return new AmazonS3EncryptionClientV2(id, secret, Configure(new AmazonS3CryptoConfigurationV2(
                SecurityProfile.V2, TheirPolicy.ForbidEncryptAllowDecrypt, ContentEncryptionAlgorithm.AesGcm)), materials);
        }

        var materialsV4 = _key switch
        {
            "KMS" => new EncryptionMaterialsV4(_sandbox.KmsKeyArn, KmsType.KmsContext, new(Context)),
            "AES" => new EncryptionMaterialsV4(_aes, SymmetricAlgorithmType.AesGcm),
            _ => new EncryptionMaterialsV4(RsaKey, AsymmetricAlgorithmType.RsaOaepSha1),
        };
        return new AmazonS3EncryptionClientV4(id, secret, Configure(new AmazonS3CryptoConfigurationV4(
            SecurityProfile.V4,
            Commits ? TheirPolicy.RequireEncryptRequireDecrypt : TheirPolicy.ForbidEncryptAllowDecrypt,
            Commits ? ContentEncryptionAlgorithm.AesGcmWithCommitment : ContentEncryptionAlgorithm.AesGcm)), materialsV4);
    }

    private T Configure<T>(T configuration)
        where T : AmazonS3CryptoConfigurationBase
    {
        configuration.StorageMode = _inFile ? CryptoStorageMode.InstructionFile : CryptoStorageMode.ObjectMetadata;
        configuration.ServiceURL = _sandbox.Server.HttpUrl;
        configuration.AuthenticationRegion = "us-east-1";
        configuration.ForcePathStyle = true;
        configuration.KmsConfig = new AmazonKeyManagementServiceConfig { ServiceURL = _sandbox.Server.HttpUrl, AuthenticationRegion = "us-east-1" };
        return configuration;
    }
}
