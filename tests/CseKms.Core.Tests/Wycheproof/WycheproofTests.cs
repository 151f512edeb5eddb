using System.Security.Cryptography;
using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Materials;
using CseKms.Core.Tests.Interop;
using Xunit;

namespace CseKms.Core.Tests.Wycheproof;

/// <summary>
/// Known attacks on implementations: what is valid comes out right, what is invalid is refused, and the keyrings refuse also what is valid
/// and of another shape than the format's.
/// </summary>
[Needs(WycheproofFiles.Name)]
public class WycheproofTests
{
    public static TheoryData<int> KeyLengths => [16, 32];

    public static TheoryData<string> OaepFiles => ["rsa_oaep_2048_sha1_mgf1sha1", "rsa_oaep_2048_sha256_mgf1sha1", "rsa_oaep_2048_sha256_mgf1sha256"];

    [Theory]
    [MemberData(nameof(KeyLengths))]
    public void GCM_in_one_segment_and_in_several(int keyLength)
    {
        var count = 0;
        foreach (var test in WycheproofFiles.Groups("aes_gcm")
            .Where(group => group.Bytes("keySize") == keyLength && group.Bytes("ivSize") == SeekableGcm.IvSize && group.Bytes("tagSize") == SeekableGcm.TagSize)
            .SelectMany(group => group.Cases))
        {
            var (key, iv, data, plaintext, ciphertext, tag) = (test["key"], test["iv"], test["aad"], test["msg"], test["ct"], test["tag"]);
            foreach (var segment in new[] { int.MaxValue, 16, 32, 48 })
            {
                using var decryptor = new SeekableGcm(key, iv, data);
                var decrypted = InSegments(ciphertext, segment, decryptor.Decrypt);
                Assert.True(test.IsValid == decryptor.VerifyTag(ciphertext.Length, tag), $"{test} by {segment}");
                Assert.True(!test.IsValid || decrypted.AsSpan().SequenceEqual(plaintext), $"{test} by {segment}");

                using var encryptor = new SeekableGcm(key, iv, data);
                var (encrypted, computed) = (InSegments(plaintext, segment, encryptor.Encrypt), new byte[16]);
                encryptor.ComputeTag(plaintext.Length, computed);
                Assert.True(!test.IsValid || (encrypted.AsSpan().SequenceEqual(ciphertext) && computed.AsSpan().SequenceEqual(tag)), $"{test} by {segment}");
            }

            if (data.Length == 0)
            {
                AssertWhole(test, key, iv, plaintext, ciphertext, tag);
            }

            count++;
        }

        Assert.NotEqual(0, count);
    }

    [Fact]
    public void GCM_of_other_lengths_is_none_of_the_formats()
    {
        foreach (var test in WycheproofFiles.Groups("aes_gcm")
            .Where(group => group.Bytes("keySize") == 24 || group.Bytes("ivSize") != SeekableGcm.IvSize)
            .SelectMany(group => group.Cases))
        {
            Assert.Throws<ArgumentException>(() => new SeekableGcm(test["key"], test["iv"], test["aad"]));
        }
    }

    [Theory]
    [MemberData(nameof(KeyLengths))]
    public void CBC_in_one_piece_and_in_several(int keyLength)
    {
        var count = 0;
        foreach (var test in WycheproofFiles.Groups("aes_cbc_pkcs5").Where(group => group.Bytes("keySize") == keyLength).SelectMany(group => group.Cases))
        {
            foreach (var piece in new[] { int.MaxValue, 16, 32 })
            {
                Assert.True(Decrypted(test, piece) is { } plaintext ? test.IsValid && plaintext.AsSpan().SequenceEqual(test["msg"]) : !test.IsValid, $"{test}");
            }

            count++;
        }

        Assert.NotEqual(0, count);
    }

    [Theory]
    [MemberData(nameof(KeyLengths))]
    public async Task AESWrap_opens_keys_of_the_formats_lengths_and_nothing_else(int keyLength)
    {
        var opened = 0;
        foreach (var test in WycheproofFiles.Groups("aes_wrap").Where(group => group.Bytes("keySize") == keyLength).SelectMany(group => group.Cases))
        {
            // Short keys, which the file calls acceptable, are refused.
            var key = await OpenAsync(new AesKeyring(test["key"]), test["ct"], WrappingAlgorithm.AesWrap);
            Assert.True(test.IsValid && IsDataKey(test["msg"]) ? key is not null && key.AsSpan().SequenceEqual(test["msg"]) : key is null, $"{test}");
            opened += key is null ? 0 : 1;
        }

        Assert.NotEqual(0, opened);
    }

    [Theory]
    [MemberData(nameof(OaepFiles))]
    public async Task OAEP_opens_keys_of_the_formats_shape_and_nothing_else(string file)
    {
        foreach (var group in WycheproofFiles.Groups(file))
        {
            using var rsa = Key(group);
            var keyring = new RsaKeyring(rsa);
            foreach (var test in group.Cases)
            {
                // The format has no label.
                var isOurs = test.IsValid && test["label"].Length == 0;
                AssertOpens(test, file.EndsWith("sha1_mgf1sha1", StringComparison.Ordinal) && isOurs, () => rsa.Decrypt(test["ct"], RSAEncryptionPadding.OaepSHA1));
                AssertOpens(test, file.EndsWith("sha256_mgf1sha1", StringComparison.Ordinal) && isOurs, () => JavaOaepSha256.Decrypt(rsa.ExportParameters(true), test["ct"]));

                // A bare message has no frame, and one of MGF1 with SHA-256 is none of Java's.
                Assert.True(await OpenAsync(keyring, test["ct"], WrappingAlgorithm.RsaOaepSha1) is null, $"{test}");
                var key = await OpenAsync(keyring, test["ct"], WrappingAlgorithm.RsaOaepSha256);
                Assert.True(
                    isOurs && IsDataKey(test["msg"]) && file.EndsWith("sha256_mgf1sha1", StringComparison.Ordinal)
                        ? key is not null && key.AsSpan().SequenceEqual(test["msg"])
                        : key is null,
                    $"{test}");
            }
        }
    }

    [Fact]
    public async Task PKCS1_opens_keys_of_the_formats_lengths_and_substitutes_all_others()
    {
        foreach (var group in WycheproofFiles.Groups("rsa_pkcs1_2048"))
        {
            using var rsa = Key(group);
            foreach (var test in group.Cases)
            {
                if (test.IsValid)
                {
                    AssertOpens(test, true, () => rsa.Decrypt(test["ct"], RSAEncryptionPadding.Pkcs1));
                }

                using var materials = await new RsaKeyring(rsa).OnDecryptAsync(
                    AlgorithmSuite.AesCbc, Stored(test["ct"], WrappingAlgorithm.RsaPkcs1), CancellationToken.None);
                var isOurs = test.IsValid && IsDataKey(test["msg"]);
                Assert.True(materials.IsSubstitute == !isOurs, $"{test}");
                Assert.True(isOurs == materials.PlaintextDataKey.AsSpan().SequenceEqual(test["msg"]), $"{test}");
            }
        }
    }

    /// <summary>The platform's, which HkdfSha512 derives with; its own inputs all have the suite's lengths.</summary>
    [Fact]
    public void HKDF_of_SHA512()
    {
        foreach (var test in WycheproofFiles.Groups("hkdf_sha512").SelectMany(group => group.Cases))
        {
            byte[] Derive()
            {
                var key = HKDF.Extract(HashAlgorithmName.SHA512, test["ikm"], test["salt"]);
                return HKDF.Expand(HashAlgorithmName.SHA512, key, test.Number("size"), test["info"]);
            }

            if (test.IsValid)
            {
                Assert.Equal(test["okm"], Derive());
            }
            else
            {
                Assert.Throws<ArgumentOutOfRangeException>(Derive);
            }
        }
    }

    private static bool IsDataKey(byte[] message) => message.Length is 16 or 32;

    private static EncryptedDataKey Stored(byte[] wrapped, WrappingAlgorithm wrapping) => new(wrapped, wrapping, StringMap.Empty);

    private static RSA Key(WycheproofGroup group)
    {
        var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(group.Value("privateKeyPkcs8"), out _);
        return rsa;
    }

    private static void AssertWhole(WycheproofCase test, byte[] key, byte[] iv, byte[] plaintext, byte[] ciphertext, byte[] tag)
    {
        using var cipher = ContentCipher.ForDecryption(AlgorithmSuite.AesGcm, key, iv, null);
        byte[] content = [.. ciphertext];
        if (test.IsValid)
        {
            cipher.DecryptWhole(content, tag);
            Assert.Equal(plaintext, content);
        }
        else
        {
            Assert.Equal(ErrorId.AuthenticationFailed, Assert.Throws<CseException>(() => cipher.DecryptWhole(content, tag)).ErrorId);
        }
    }

    private static byte[]? Decrypted(WycheproofCase test, int piece)
    {
        var content = test["ct"];
        if (content.Length == 0 || content.Length % CbcContent.BlockSize != 0)
        {
            return null;
        }

        using var cipher = ContentCipher.ForDecryption(AlgorithmSuite.AesCbc, test["key"], test["iv"], null);
        var cbc = cipher.OpenCbc();
        var previous = test["iv"];
        for (var at = 0; at < content.Length; at += Math.Min(piece, content.Length))
        {
            var bytes = content.AsSpan(at, Math.Min(piece, content.Length - at));
            var next = bytes[^CbcContent.BlockSize..].ToArray();
            cbc.Decrypt(previous, bytes);
            previous = next;
        }

        return CbcContent.PaddingLength(content.AsSpan(^CbcContent.BlockSize..)) is { } padding ? content[..^padding] : null;
    }

    // The last first.
    private static byte[] InSegments(byte[] source, int length, SegmentTransform transform)
    {
        var target = new byte[source.Length];
        for (var at = length >= source.Length ? 0 : (source.Length - 1) / length * length; at >= 0; at -= length)
        {
            var count = Math.Min(length, source.Length - at);
            transform(at, source.AsSpan(at, count), target.AsSpan(at, count));
        }

        return target;
    }

    private delegate void SegmentTransform(long offset, ReadOnlySpan<byte> source, Span<byte> target);

    private static void AssertOpens(WycheproofCase test, bool opens, Func<byte[]?> decrypt)
    {
        byte[]? message = null;
        try
        {
            message = decrypt();
        }
        catch (CryptographicException)
        {
            // Refused.
        }

        Assert.True(opens ? message is not null && message.AsSpan().SequenceEqual(test["msg"]) : message is null, $"{test}");
    }

    private static async Task<byte[]?> OpenAsync(IKeyring keyring, byte[] wrapped, WrappingAlgorithm wrapping)
    {
        try
        {
            using var materials = await keyring.OnDecryptAsync(AlgorithmSuite.AesGcm, Stored(wrapped, wrapping), CancellationToken.None);
            return [.. materials.PlaintextDataKey];
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.WrappedKeyInvalid)
        {
            return null;
        }
    }
}
