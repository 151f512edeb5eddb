using System.Security.Cryptography;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Tests.Materials;

/// <summary>A KMS in memory that opens a wrapped key for exactly its context and, where one is asked for, its key id, and counts what it is asked.</summary>
internal sealed class FakeKms : IKms
{
    private readonly List<(string KeyId, byte[] Plaintext, byte[] Ciphertext, IReadOnlyDictionary<string, string> Context)> _keys = [];

    public int Calls { get; private set; }

    public int DataKeyLength { get; init; } = 32;

    /// <summary>The plaintext data keys that it gave out: the very arrays, which their owner must zero.</summary>
    public List<byte[]> Given { get; } = [];

    /// <summary>What Decrypt with a key id throws.</summary>
    public Dictionary<string, CseException> Refusals { get; } = [];

    /// <summary>The key ids that Decrypt was asked with.</summary>
    public List<string?> Asked { get; } = [];

    public FakeKms Knows(string keyId, byte[] plaintext, byte[] ciphertext, IReadOnlyDictionary<string, string> context)
    {
        _keys.Add((keyId, plaintext, ciphertext, context));
        return this;
    }

    /// <summary>The key that it says it used, in place of the right one.</summary>
    public string? Claims { get; set; }

    public Task<GeneratedDataKey> GenerateDataKeyAsync(
        string keyId, IReadOnlyDictionary<string, string> encryptionContext, CancellationToken cancellationToken)
    {
        Calls++;
        var (plaintext, ciphertext) = (RandomNumberGenerator.GetBytes(DataKeyLength), RandomNumberGenerator.GetBytes(184));
        Knows(keyId, plaintext, ciphertext, encryptionContext);
        return Task.FromResult(new GeneratedDataKey(Give(plaintext), ciphertext, Answered(keyId)));
    }

    public Task<DecryptedDataKey> DecryptAsync(
        string? keyId, byte[] ciphertext, IReadOnlyDictionary<string, string> encryptionContext, CancellationToken cancellationToken)
    {
        Calls++;
        Asked.Add(keyId);
        if (keyId is not null && Refusals.TryGetValue(keyId, out var refusal))
        {
            throw refusal;
        }

        var found = _keys.FirstOrDefault(key =>
            (keyId is null || key.KeyId == keyId) && key.Ciphertext.AsSpan().SequenceEqual(ciphertext) && key.Context.SameAs(encryptionContext));
        return found.Plaintext is { } plaintext
            ? Task.FromResult(new DecryptedDataKey(Give(plaintext), Answered(found.KeyId)))
            : throw new CseException(ErrorId.WrappedKeyInvalid, "KMS does not know this wrapped key with that key id and context.");
    }

    private string Answered(string keyId) => Claims ?? keyId;

    private byte[] Give(byte[] plaintext)
    {
        Given.Add([.. plaintext]);
        return Given[^1];
    }

    public Task<EncryptedByKms> EncryptAsync(
        string keyId, byte[] plaintext, IReadOnlyDictionary<string, string> encryptionContext, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<ReEncryptedByKms> ReEncryptAsync(
        string? sourceKeyId,
        byte[] ciphertext,
        IReadOnlyDictionary<string, string> sourceContext,
        string targetKeyId,
        IReadOnlyDictionary<string, string> targetContext,
        CancellationToken cancellationToken) => throw new NotSupportedException();

    public bool IsSameAs(IKms other) => ReferenceEquals(this, other);
}
