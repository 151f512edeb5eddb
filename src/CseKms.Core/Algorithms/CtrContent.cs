namespace CseKms.Core.Algorithms;

/// <summary>
/// Decrypts any range of a GCM message without its tag, by the CTR twins of the suites (specification: decryption, "Ranged Gets").
/// Nothing is authenticated. Thread-safe.
/// </summary>
internal sealed class CtrContent(byte[] key, byte[] iv)
{
    /// <summary>Decrypts in place.</summary>
    /// <param name="offset">Where the bytes begin in the message: a multiple of 16.</param>
    /// <param name="bytes">Ciphertext in, plaintext out.</param>
    public void Decrypt(long offset, Span<byte> bytes)
    {
        using var counterMode = new CounterMode(key, iv);
        counterMode.Crypt(offset, bytes, bytes);
    }
}
