using System.Security.Cryptography;
using System.Text;

namespace CseKms.Core.Settings;

/// <summary>A key outside KMS that wraps data keys. Disposing zeroes it, when no work with it runs any more.</summary>
public sealed class RawKey : IDisposable
{
    // AES-256, and AES-128 for reading what others wrote.
    private const int AesLength = 32;
    private const int ShortAesLength = 16;

    // A PEM file of the longest RSA keys in use has some ten kilobytes.
    private const int MaxFileSize = 64 << 10;

    private RawKey(byte[]? aes, RSA? rsa)
    {
        Aes = aes;
        Rsa = rsa;
    }

    /// <summary>The 32 bytes, or 16, of an AES key, or <see langword="null"/>.</summary>
    internal byte[]? Aes { get; }

    /// <summary>An RSA key with its private half or without, or <see langword="null"/>.</summary>
    internal RSA? Rsa { get; }

    /// <summary>An AES key.</summary>
    /// <param name="key">32 bytes; 16 for reading by <see cref="LegacyModes.Aes128"/>. They are copied.</param>
    /// <exception cref="CseException"><see cref="ErrorId.WrappingKeyInvalid"/>.</exception>
    public static RawKey FromAes(ReadOnlySpan<byte> key)
    {
        if (key.Length is not (AesLength or ShortAesLength))
        {
            throw Invalid($"An AES wrapping key has {AesLength} bytes, and this one has {key.Length}.");
        }

        var copy = GC.AllocateUninitializedArray<byte>(key.Length, pinned: true);
        key.CopyTo(copy);
        return new RawKey(copy, rsa: null);
    }

    /// <summary>An AES key in base64.</summary>
    /// <param name="text">The text; white space around and in it is passed over.</param>
    /// <exception cref="CseException"><see cref="ErrorId.WrappingKeyInvalid"/>.</exception>
    public static RawKey FromAesBase64(ReadOnlySpan<char> text)
    {
        var key = new byte[text.Length];
        try
        {
            return Convert.TryFromBase64Chars(text, key, out var length)
                ? FromAes(key.AsSpan(0, length))
                : throw Invalid("The AES wrapping key is not base64.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>An AES key in a file.</summary>
    /// <param name="path">A file of 32 bytes or 16, which are the key, or of its base64.</param>
    /// <exception cref="CseException"><see cref="ErrorId.WrappingKeyInvalid"/>.</exception>
    public static RawKey FromAesFile(string path) => FromFile(path, content =>
    {
        if (content.Length is AesLength or ShortAesLength)
        {
            return FromAes(content);
        }

        var text = new char[content.Length];
        try
        {
            return FromAesBase64(text.AsSpan(0, Encoding.ASCII.GetChars(content, text)));
        }
        finally
        {
            Array.Clear(text);
        }
    });

    /// <summary>An RSA key in a PEM file.</summary>
    /// <param name="path">
    /// A file with an unencrypted private key, which wraps and unwraps, or with a public key, which only wraps: PKCS #8, PKCS #1 or
    /// SubjectPublicKeyInfo.
    /// </param>
    /// <param name="isPrivate">Whether the private key is needed.</param>
    /// <exception cref="CseException"><see cref="ErrorId.WrappingKeyInvalid"/>.</exception>
    public static RawKey FromRsaPemFile(string path, bool isPrivate) => FromFile(path, content =>
    {
        var text = new char[content.Length];
        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(text.AsSpan(0, Encoding.ASCII.GetChars(content, text)));
            return !isPrivate || HasPrivateKey(rsa)
                ? new RawKey(aes: null, rsa)
                : throw Invalid($"'{path}' holds a public key, and the private one is needed.");
        }
        catch (Exception e)
        {
            rsa.Dispose();
            if (e is ArgumentException or CryptographicException)
            {
                throw Invalid($"'{path}' holds no RSA key in PEM that can be read without a password.", e);
            }

            throw;
        }
        finally
        {
            Array.Clear(text);
        }
    });

    /// <summary>Zeroes the key.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(Aes);
        Rsa?.Dispose();
    }

    private static bool HasPrivateKey(RSA rsa)
    {
        try
        {
            CryptographicOperations.ZeroMemory(rsa.ExportRSAPrivateKey());
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static RawKey FromFile(string path, Func<byte[], RawKey> read)
    {
        byte[] content = [];
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            if (file.Length > MaxFileSize)
            {
                throw Invalid($"'{path}' is too long for a key.");
            }

            content = new byte[file.Length];
            file.ReadExactly(content);
            return read(content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Invalid($"The key file '{path}' cannot be read: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static CseException Invalid(string message, Exception? inner = null) => new(ErrorId.WrappingKeyInvalid, message, inner);
}
