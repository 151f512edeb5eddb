using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace CseKms.Benchmarks;

/// <summary>
/// The AWS SDK with nothing on top and every setting that makes it fast: the checksum given, payloads not signed, parts of the same
/// size and at the same concurrency as the product's, pooled buffers. What it receives it flushes and renames, as the product does.
/// </summary>
internal sealed class BareClient(Endpoint endpoint) : IDisposable
{
    private const int PartSize = 12 << 20;

    private readonly AmazonS3Client _s3 = S3(endpoint);
    private readonly AmazonKeyManagementServiceClient _kms = Kms(endpoint);

    public static AmazonS3Client S3(Endpoint endpoint) => new(Credentials(endpoint), new AmazonS3Config
    {
        ServiceURL = endpoint.Url,
        AuthenticationRegion = Endpoint.Region,
        ForcePathStyle = true,
        RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
    });

    public static AmazonKeyManagementServiceClient Kms(Endpoint endpoint) => new(
        Credentials(endpoint), new AmazonKeyManagementServiceConfig { ServiceURL = endpoint.Url, AuthenticationRegion = Endpoint.Region });

    public async Task SendLargeAsync(string path, string key)
    {
        using var file = File.OpenHandle(path);
        var upload = await _s3.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest { BucketName = Endpoint.Bucket, Key = key, ChecksumAlgorithm = ChecksumAlgorithm.CRC32 });
        var parts = new PartETag[(RandomAccess.GetLength(file) + PartSize - 1) / PartSize];
        await ForEachPartAsync(0, parts.Length, async (index, buffer) =>
        {
            var length = RandomAccess.Read(file, buffer.AsSpan(0, PartSize), (long)index * PartSize);
            var checksum = Checksum(buffer.AsSpan(0, length));
            var response = await _s3.UploadPartAsync(new UploadPartRequest
            {
                BucketName = Endpoint.Bucket,
                Key = key,
                UploadId = upload.UploadId,
                PartNumber = index + 1,
                PartSize = length,
                InputStream = new MemoryStream(buffer, 0, length, writable: false),
                ChecksumCRC32 = checksum,
                DisablePayloadSigning = true,
                UseChunkEncoding = false,
            });
            parts[index] = new PartETag(index + 1, response.ETag) { ChecksumCRC32 = checksum };
        });
        await _s3.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest
        {
            BucketName = Endpoint.Bucket,
            Key = key,
            UploadId = upload.UploadId,
            PartETags = [.. parts],
        });
    }

    /// <summary>Lists what is below a prefix and asks for each object's metadata, so many at once.</summary>
    public async Task<int> HeadAllAsync(string prefix, int concurrency)
    {
        var count = 0;
        await Parallel.ForEachAsync(
            _s3.Paginators.ListObjectsV2(new ListObjectsV2Request { BucketName = Endpoint.Bucket, Prefix = prefix }).S3Objects,
            new ParallelOptions { MaxDegreeOfParallelism = concurrency },
            async (item, cancellationToken) =>
            {
                await _s3.GetObjectMetadataAsync(Endpoint.Bucket, item.Key, cancellationToken);
                Interlocked.Increment(ref count);
            });
        return count;
    }

    public async Task ReceiveLargeAsync(string key, string path)
    {
        var temporary = path + ".tmp";
        using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            var (etag, length) = ("", 0L);
            await ForEachPartAsync(0, 1, async (index, buffer) => (etag, length) = await ReceiveRangeAsync(key, null, index, buffer, file));
            await ForEachPartAsync(1, (int)((length + PartSize - 1) / PartSize), (index, buffer) => ReceiveRangeAsync(key, etag, index, buffer, file));
            RandomAccess.FlushToDisk(file);
        }

        File.Move(temporary, path, overwrite: true);
    }

    public async Task SendSmallAsync(string path, string key)
    {
        await _kms.GenerateDataKeyAsync(new GenerateDataKeyRequest { KeyId = endpoint.KmsKeyArn, KeySpec = DataKeySpec.AES_256 });
        var bytes = await File.ReadAllBytesAsync(path);
        await _s3.PutObjectAsync(new PutObjectRequest
        {
            BucketName = Endpoint.Bucket,
            Key = key,
            InputStream = new MemoryStream(bytes),
            ChecksumCRC32 = Checksum(bytes),
            DisablePayloadSigning = true,
            UseChunkEncoding = false,
        });
    }

    public async Task ReceiveSmallAsync(string key, string path)
    {
        await _kms.DecryptAsync(new DecryptRequest { KeyId = endpoint.KmsKeyArn, CiphertextBlob = new MemoryStream(await WrappedKeyAsync()) });
        var temporary = path + ".tmp";
        using (var response = await _s3.GetObjectAsync(Endpoint.Bucket, key))
        using (var file = File.Create(temporary))
        {
            await response.ResponseStream.CopyToAsync(file);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>HEAD, ReEncrypt, and a copy onto itself with replaced metadata.</summary>
    public async Task RewrapSmallAsync(string key)
    {
        var head = await _s3.GetObjectMetadataAsync(Endpoint.Bucket, key);
        var wrapped = await _kms.ReEncryptAsync(new ReEncryptRequest
        {
            SourceKeyId = endpoint.KmsKeyArn,
            CiphertextBlob = new MemoryStream(await WrappedKeyAsync()),
            DestinationKeyId = endpoint.KmsKeyArn,
        });
        var copy = new CopyObjectRequest
        {
            SourceBucket = Endpoint.Bucket,
            SourceKey = key,
            ETagToMatch = head.ETag,
            DestinationBucket = Endpoint.Bucket,
            DestinationKey = key,
            MetadataDirective = S3MetadataDirective.REPLACE,
        };
        copy.Metadata["wrapped"] = Convert.ToBase64String(wrapped.CiphertextBlob.ToArray());
        await _s3.CopyObjectAsync(copy);
    }

    public async Task ReceiveTagAsync(string key)
    {
        using var response = await _s3.GetObjectAsync(new GetObjectRequest { BucketName = Endpoint.Bucket, Key = key, ByteRange = new ByteRange("bytes=-16") });
        await response.ResponseStream.ReadExactlyAsync(new byte[16]);
        await _kms.DecryptAsync(new DecryptRequest { KeyId = endpoint.KmsKeyArn, CiphertextBlob = new MemoryStream(await WrappedKeyAsync()) });
    }

    public async Task ListAsync(string prefix, int expected)
    {
        var count = 0;
        await foreach (var item in _s3.Paginators.ListObjectsV2(new ListObjectsV2Request { BucketName = Endpoint.Bucket, Prefix = prefix }).S3Objects)
        {
            count++;
        }

        if (count != expected)
        {
            throw new InvalidOperationException($"{count:N0} keys were listed.");
        }
    }

    public void Dispose()
    {
        _s3.Dispose();
        _kms.Dispose();
    }

    private byte[]? _wrappedKey;

    private async Task<byte[]> WrappedKeyAsync() => _wrappedKey ??= (await _kms.GenerateDataKeyAsync(
        new GenerateDataKeyRequest { KeyId = endpoint.KmsKeyArn, KeySpec = DataKeySpec.AES_256 })).CiphertextBlob.ToArray();

    private async Task<(string ETag, long Length)> ReceiveRangeAsync(
        string key, string? etag, int index, byte[] buffer, Microsoft.Win32.SafeHandles.SafeFileHandle file)
    {
        var start = (long)index * PartSize;
        using var response = await _s3.GetObjectAsync(new GetObjectRequest
        {
            BucketName = Endpoint.Bucket,
            Key = key,
            ByteRange = new ByteRange(start, start + PartSize - 1),
            EtagToMatch = etag,
        });
        var length = (int)response.ContentLength;
        await response.ResponseStream.ReadExactlyAsync(buffer.AsMemory(0, length));
        RandomAccess.Write(file, buffer.AsSpan(0, length), start);
        return (response.ETag, long.Parse(response.ContentRange.Split('/')[1], CultureInfo.InvariantCulture));
    }

    private static Task ForEachPartAsync(int first, int end, Func<int, byte[], Task> action) => Parallel.ForAsync(
        first,
        end,
        new ParallelOptions { MaxDegreeOfParallelism = SmallObjectFigures.Concurrency },
        async (index, _) =>
        {
            var buffer = ArrayPool<byte>.Shared.Rent(PartSize);
            await action(index, buffer);
            ArrayPool<byte>.Shared.Return(buffer);
        });

    private static BasicAWSCredentials Credentials(Endpoint endpoint) => new(endpoint.AccessKey, endpoint.SecretKey);

    private static string Checksum(ReadOnlySpan<byte> data)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Crc32.HashToUInt32(data));
        return Convert.ToBase64String(bytes);
    }
}
