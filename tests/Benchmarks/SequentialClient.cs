using System.Security.Cryptography;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.S3;
using Amazon.S3.Model;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace CseKms.Benchmarks;

/// <summary>
/// How the encryption clients of today do it, at its best: one cipher stream from the first byte to the last, parts one after another,
/// one GET; plaintext kept from its name until the tag is verified.
/// </summary>
internal sealed class SequentialClient(Endpoint endpoint) : IDisposable
{
    private const int PartSize = 12 << 20;
    private const int ChunkSize = 1 << 20;
    private const int TagLength = 16;

    private readonly AmazonS3Client _s3 = BareClient.S3(endpoint);
    private readonly AmazonKeyManagementServiceClient _kms = BareClient.Kms(endpoint);

    public async Task SendAsync(string path, string key)
    {
        var dataKey = await _kms.GenerateDataKeyAsync(new GenerateDataKeyRequest { KeyId = endpoint.KmsKeyArn, KeySpec = DataKeySpec.AES_256 });
        var iv = RandomNumberGenerator.GetBytes(12);
        var cipher = Cipher(forEncryption: true, dataKey.Plaintext.ToArray(), iv);
        var begin = new InitiateMultipartUploadRequest { BucketName = Endpoint.Bucket, Key = key };
        begin.Metadata["x-amz-key-v2"] = Convert.ToBase64String(dataKey.CiphertextBlob.ToArray());
        begin.Metadata["x-amz-iv"] = Convert.ToBase64String(iv);
        var upload = await _s3.InitiateMultipartUploadAsync(begin);
        var parts = new List<PartETag>();
        using var file = File.OpenRead(path);
        var (plaintext, ciphertext) = (new byte[PartSize], new byte[PartSize + (2 * TagLength)]);
        while (file.Position < file.Length)
        {
            var read = await file.ReadAtLeastAsync(plaintext, PartSize, throwOnEndOfStream: false);
            var length = cipher.ProcessBytes(plaintext, 0, read, ciphertext, 0);
            if (file.Position == file.Length)
            {
                length += cipher.DoFinal(ciphertext, length);
            }

            var response = await _s3.UploadPartAsync(new UploadPartRequest
            {
                BucketName = Endpoint.Bucket,
                Key = key,
                UploadId = upload.UploadId,
                PartNumber = parts.Count + 1,
                PartSize = length,
                InputStream = new MemoryStream(ciphertext, 0, length, writable: false),
                DisablePayloadSigning = true,
                UseChunkEncoding = false,
            });
            parts.Add(new PartETag(parts.Count + 1, response.ETag));
        }

        await _s3.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest
        {
            BucketName = Endpoint.Bucket,
            Key = key,
            UploadId = upload.UploadId,
            PartETags = parts,
        });
    }

    public async Task ReceiveAsync(string key, string path)
    {
        var temporary = path + ".tmp";
        using (var response = await _s3.GetObjectAsync(Endpoint.Bucket, key))
        using (var file = File.Create(temporary, bufferSize: 0))
        {
            var dataKey = await _kms.DecryptAsync(new DecryptRequest
            {
                KeyId = endpoint.KmsKeyArn,
                CiphertextBlob = new MemoryStream(Convert.FromBase64String(response.Metadata["x-amz-key-v2"])),
            });
            var cipher = Cipher(forEncryption: false, dataKey.Plaintext.ToArray(), Convert.FromBase64String(response.Metadata["x-amz-iv"]));
            var (ciphertext, plaintext) = (new byte[ChunkSize], new byte[ChunkSize + (2 * TagLength)]);
            int read;
            while ((read = await response.ResponseStream.ReadAsync(ciphertext)) > 0)
            {
                file.Write(plaintext, 0, cipher.ProcessBytes(ciphertext, 0, read, plaintext, 0));
            }

            file.Write(plaintext, 0, cipher.DoFinal(plaintext, 0));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    public void Dispose()
    {
        _s3.Dispose();
        _kms.Dispose();
    }

    private static GcmBlockCipher Cipher(bool forEncryption, byte[] key, byte[] iv)
    {
        var cipher = new GcmBlockCipher(AesUtilities.CreateEngine());
        cipher.Init(forEncryption, new AeadParameters(new KeyParameter(key), TagLength * 8, iv));
        return cipher;
    }
}
