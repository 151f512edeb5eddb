using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using CseKms.Core.Aws.Http;
using CseKms.Core.Materials;

namespace CseKms.Core.Aws;

/// <summary>AWS KMS by the AWS SDK. Thread-safe.</summary>
/// <param name="client">The SDK's client.</param>
/// <param name="grantTokens">Sent along with each request.</param>
/// <param name="runner">Sends the requests.</param>
internal sealed class KmsGateway(IAmazonKeyManagementService client, IReadOnlyList<string> grantTokens, RequestRunner runner) : IKms
{
    /// <inheritdoc/>
    public Task<GeneratedDataKey> GenerateDataKeyAsync(
        string keyId, IReadOnlyDictionary<string, string> encryptionContext, CancellationToken cancellationToken) =>
        RunAsync("GenerateDataKey", keyId, async () =>
        {
            var response = await client.GenerateDataKeyAsync(
                new GenerateDataKeyRequest
                {
                    KeyId = keyId,
                    KeySpec = DataKeySpec.AES_256,
                    EncryptionContext = new(encryptionContext),
                    GrantTokens = [.. grantTokens],
                },
                cancellationToken).ConfigureAwait(false);
            return new GeneratedDataKey(Take(response.Plaintext), Wrapped("GenerateDataKey", response.CiphertextBlob), response.KeyId);
        }, cancellationToken);

    /// <inheritdoc/>
    public Task<DecryptedDataKey> DecryptAsync(
        string? keyId, byte[] ciphertext, IReadOnlyDictionary<string, string> encryptionContext, CancellationToken cancellationToken) =>
        RunAsync("Decrypt", keyId, async () =>
        {
            var response = await client.DecryptAsync(
                new DecryptRequest
                {
                    KeyId = keyId,
                    CiphertextBlob = new MemoryStream(ciphertext),
                    EncryptionContext = new(encryptionContext),
                    GrantTokens = [.. grantTokens],
                },
                cancellationToken).ConfigureAwait(false);
            return new DecryptedDataKey(Take(response.Plaintext), response.KeyId);
        }, cancellationToken);

    /// <inheritdoc/>
    public Task<EncryptedByKms> EncryptAsync(
        string keyId, byte[] plaintext, IReadOnlyDictionary<string, string> encryptionContext, CancellationToken cancellationToken) =>
        RunAsync("Encrypt", keyId, async () =>
        {
            var response = await client.EncryptAsync(
                new EncryptRequest
                {
                    KeyId = keyId,
                    Plaintext = new MemoryStream(plaintext),
                    EncryptionContext = new(encryptionContext),
                    GrantTokens = [.. grantTokens],
                },
                cancellationToken).ConfigureAwait(false);
            return new EncryptedByKms(Wrapped("Encrypt", response.CiphertextBlob), response.KeyId);
        }, cancellationToken);

    /// <inheritdoc/>
    public Task<ReEncryptedByKms> ReEncryptAsync(
        string? sourceKeyId,
        byte[] ciphertext,
        IReadOnlyDictionary<string, string> sourceContext,
        string targetKeyId,
        IReadOnlyDictionary<string, string> targetContext,
        CancellationToken cancellationToken) =>
        RunAsync("ReEncrypt", sourceKeyId, async () =>
        {
            var response = await client.ReEncryptAsync(
                new ReEncryptRequest
                {
                    SourceKeyId = sourceKeyId,
                    CiphertextBlob = new MemoryStream(ciphertext),
                    SourceEncryptionContext = new(sourceContext),
                    DestinationKeyId = targetKeyId,
                    DestinationEncryptionContext = new(targetContext),
                    GrantTokens = [.. grantTokens],
                },
                cancellationToken).ConfigureAwait(false);
            return new ReEncryptedByKms(Wrapped("ReEncrypt", response.CiphertextBlob), response.SourceKeyId, response.KeyId);
        }, cancellationToken, targetKeyId);

    /// <inheritdoc/>
    public bool IsSameAs(IKms other) => other is KmsGateway { Client: var theirs } && ReferenceEquals(theirs, Client);

    private IAmazonKeyManagementService Client => client;

    // Nobody could read what it stands beside.
    private static byte[] Wrapped(string operation, MemoryStream? blob) => blob is { Length: > 0 } ? blob.ToArray()
        : throw new CseException(ErrorId.AnswerInvalid, $"What KMS answered to {operation} is no answer: it has no wrapped data key.")
        {
            Operation = operation,
            Repeat = RepeatReason.Broken,
        };

    private Task<T> RunAsync<T>(
        string operation, string? keyId, Func<Task<T>> call, CancellationToken cancellationToken, string? targetKeyId = null) =>
        runner.RunAsync(() => AwsErrors.KmsAsync(operation, keyId, targetKeyId, call, cancellationToken), cancellationToken);

    // Copies a key out of the SDK's stream and zeroes the stream's own buffer where it lets us.
    private static byte[] Take(MemoryStream stream)
    {
        var key = stream.ToArray();
        if (stream.TryGetBuffer(out var buffer))
        {
            buffer.AsSpan().Clear();
        }
        else if (stream.CanWrite)
        {
            stream.Position = 0;
            stream.Write(new byte[stream.Length]);
        }

        return key;
    }
}
