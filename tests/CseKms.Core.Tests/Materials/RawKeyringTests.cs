using System.Security.Cryptography;
using System.Text;
using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Materials;
using CseKms.Core.Settings;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Encodings;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math;
using Xunit;

namespace CseKms.Core.Tests.Materials;

public sealed class RawKeyringTests : IDisposable
{
    private static readonly byte[] AesKey = TestContent.Of(32, seed: 7);
    private static readonly byte[] DataKey = TestContent.Of(32, seed: 8);

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly AesKeyring _aes = new(AesKey);

    public static TheoryData<string, string> Written => new(
        from wrapping in new[] { "AES/GCM", "RSA-OAEP-SHA1" }
        from suite in new[] { "115", "AES/GCM/NoPadding" }
        select (wrapping, suite));

    [Theory]
    [MemberData(nameof(Written))]
    public async Task What_is_wrapped_is_unwrapped_for_its_suite_alone(string wrapping, string suite)
    {
        var keyring = Keyring(wrapping);
        var (written, other) = suite == "115" ? (AlgorithmSuite.AesGcmCommitting, AlgorithmSuite.AesGcm) : (AlgorithmSuite.AesGcm, AlgorithmSuite.AesGcmCommitting);
        var description = new Dictionary<string, string> { ["name"] = "2026" };
        using var made = await keyring.OnEncryptAsync(written, description, CancellationToken.None);

        Assert.Equal(wrapping, made.EncryptedDataKey.Wrapping.Name);
        Assert.Equal(keyring.WrappedLength, made.EncryptedDataKey.Ciphertext.Length);
        Assert.Equal(description, made.EncryptedDataKey.EncryptionContext);
        using var opened = await keyring.OnDecryptAsync(written, made.EncryptedDataKey, CancellationToken.None);
        Assert.Equal(made.PlaintextDataKey, opened.PlaintextDataKey);
        Assert.Null(opened.KmsKeyId);
        await AssertRefusedAsync(keyring, made.EncryptedDataKey, other);
    }

    [Theory]
    [MemberData(nameof(Written))]
    public async Task Two_objects_never_share_a_data_key_or_its_wrapping(string wrapping, string suite)
    {
        var keyring = Keyring(wrapping);
        var written = suite == "115" ? AlgorithmSuite.AesGcmCommitting : AlgorithmSuite.AesGcm;
        using var one = await keyring.OnEncryptAsync(written, StringMap.Empty, CancellationToken.None);
        using var two = await keyring.OnEncryptAsync(written, StringMap.Empty, CancellationToken.None);

        Assert.NotEqual(one.PlaintextDataKey, two.PlaintextDataKey);
        Assert.NotEqual(one.EncryptedDataKey.Ciphertext, two.EncryptedDataKey.Ciphertext);

        // AES/GCM begins with its IV: the same key must never see one twice.
        Assert.NotEqual(one.EncryptedDataKey.Ciphertext[..12], two.EncryptedDataKey.Ciphertext[..12]);
    }

    [Fact]
    public async Task AES_GCM_wraps_as_the_format_says()
    {
        using var made = await _aes.OnEncryptAsync(AlgorithmSuite.AesGcmCommitting, StringMap.Empty, CancellationToken.None);
        var wrapped = made.EncryptedDataKey.Ciphertext;
        var opened = new byte[32];
        using var gcm = new AesGcm(AesKey, 16);

        gcm.Decrypt(wrapped.AsSpan(0, 12), wrapped.AsSpan(12, 32), wrapped.AsSpan(44), opened, "115"u8);

        Assert.Equal(made.PlaintextDataKey, opened);
    }

    [Fact]
    public async Task RSA_wraps_as_the_format_says()
    {
        using var made = await new RsaKeyring(_rsa).OnEncryptAsync(AlgorithmSuite.AesGcm, StringMap.Empty, CancellationToken.None);

        var message = _rsa.Decrypt(made.EncryptedDataKey.Ciphertext, RSAEncryptionPadding.OaepSHA1);

        Assert.Equal([32, .. made.PlaintextDataKey, .. "AES/GCM/NoPadding"u8], message);
    }

    // RFC 3394, 4.6
    [Fact]
    public async Task AESWrap_opens_the_RFCs_own_example()
    {
        var keyring = new AesKeyring(Convert.FromHexString("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"));
        var wrapped = Convert.FromHexString("28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21");

        using var opened = await keyring.OnDecryptAsync(AlgorithmSuite.AesGcm, Stored(wrapped, WrappingAlgorithm.AesWrap), CancellationToken.None);

        Assert.Equal("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F", Convert.ToHexString(opened.PlaintextDataKey));
    }

    [Fact]
    public async Task The_legacy_wrappings_are_opened()
    {
        using var aes = Aes.Create();
        aes.Key = AesKey;
        foreach (var (keyring, wrapping, wrapped) in new (IKeyring, WrappingAlgorithm, byte[])[]
        {
            (_aes, WrappingAlgorithm.AesEcb, aes.EncryptEcb(DataKey, PaddingMode.PKCS7)),
            (new RsaKeyring(_rsa), WrappingAlgorithm.RsaPkcs1, _rsa.Encrypt(DataKey, RSAEncryptionPadding.Pkcs1)),
            (new RsaKeyring(_rsa), WrappingAlgorithm.RsaOaepSha256, JavaOaep(DataKey)),
        })
        {
            using var opened = await keyring.OnDecryptAsync(AlgorithmSuite.AesCbc, Stored(wrapped, wrapping), CancellationToken.None);
            Assert.Equal(DataKey, opened.PlaintextDataKey);
        }
    }

    [Fact]
    public async Task Javas_OAEP_is_opened_whatever_the_numbers_are()
    {
        var keyring = new RsaKeyring(_rsa);
        for (var i = 0; i < 20; i++)
        {
            var key = RandomNumberGenerator.GetBytes(32);
            using var opened = await keyring.OnDecryptAsync(
                AlgorithmSuite.AesCbc, Stored(JavaOaep(key), WrappingAlgorithm.RsaOaepSha256), CancellationToken.None);
            Assert.Equal(key, opened.PlaintextDataKey);
        }
    }

    // Ciphertexts that whoever has the public key can make: each has one thing wrong with it.
    [Fact]
    public async Task Javas_OAEP_holds_to_each_byte_of_its_encoding()
    {
        var keyring = new RsaKeyring(_rsa);
        var good = OaepBlock();
        using (var opened = await keyring.OnDecryptAsync(AlgorithmSuite.AesCbc, Stored(Encrypted(0, good), WrappingAlgorithm.RsaOaepSha256), CancellationToken.None))
        {
            Assert.Equal(DataKey, opened.PlaintextDataKey);
        }

        var wrong = new List<byte[]> { Encrypted(1, good), Encrypted(0, Changed(good, good.Length - 33, 2)), Encrypted(0, Changed(good, good.Length - 33, 0)) };
        for (var at = 0; at < 32; at++)
        {
            wrong.Add(Encrypted(0, Changed(good, at, (byte)(good[at] ^ 1))));
        }

        foreach (var at in new[] { 32, 33, good.Length - 34 })
        {
            wrong.Add(Encrypted(0, Changed(good, at, 1)));
            wrong.Add(Encrypted(0, Changed(good, at, 7)));
        }

        wrong.Add(Encrypted(0, [.. good[..32], .. new byte[good.Length - 32]]));

        // Two faults of one value do not make up for each other.
        wrong.Add(Encrypted(1, Changed(good, 0, (byte)(good[0] ^ 1))));
        wrong.Add(Encrypted(0, Changed(Changed(good, 0, (byte)(good[0] ^ 1)), 1, (byte)(good[1] ^ 1))));
        wrong.Add(Encrypted(0, Changed(Changed(good, 0, (byte)(good[0] ^ 1)), good.Length - 33, 2)));

        // The same number in other bytes.
        var ciphertext = Encrypted(0, good);
        wrong.Add([0, .. ciphertext]);
        wrong.Add(PlusModulus(good));

        foreach (var wrapped in wrong)
        {
            await AssertRefusedAsync(keyring, Stored(wrapped, WrappingAlgorithm.RsaOaepSha256), AlgorithmSuite.AesCbc);
        }
    }

    [Fact]
    public async Task A_key_too_short_for_Javas_OAEP_opens_nothing()
    {
        using var rsa = RSA.Create(512);

        await AssertRefusedAsync(new RsaKeyring(rsa), Stored([.. new byte[63], 5], WrappingAlgorithm.RsaOaepSha256), AlgorithmSuite.AesCbc);
    }

    [Fact]
    public async Task Whatever_is_wrong_with_a_wrapped_key_is_the_same_error()
    {
        var rsa = new RsaKeyring(_rsa);
        using var gcm = await _aes.OnEncryptAsync(AlgorithmSuite.AesGcm, StringMap.Empty, CancellationToken.None);
        using var oaep = await rsa.OnEncryptAsync(AlgorithmSuite.AesGcm, StringMap.Empty, CancellationToken.None);
        byte[][] bodies = [[], [1], new byte[40], new byte[48], new byte[60], new byte[256], Enumerable.Repeat((byte)0xFF, 256).ToArray()];
        WrappingAlgorithm[] ofAes = [WrappingAlgorithm.AesGcm, WrappingAlgorithm.AesWrap];
        WrappingAlgorithm[] ofRsa = [WrappingAlgorithm.RsaOaepSha1, WrappingAlgorithm.RsaOaepSha256];
        (IKeyring, byte[], WrappingAlgorithm)[] cases =
        [
            .. from wrapping in ofAes from body in bodies select ((IKeyring)_aes, body, wrapping),
            .. from wrapping in ofRsa from body in bodies select ((IKeyring)rsa, body, wrapping),
            (_aes, Flipped(gcm.EncryptedDataKey.Ciphertext), WrappingAlgorithm.AesGcm),
            (rsa, Flipped(oaep.EncryptedDataKey.Ciphertext), WrappingAlgorithm.RsaOaepSha1),
            (rsa, Flipped(JavaOaep(DataKey)), WrappingAlgorithm.RsaOaepSha256),
            (rsa, JavaOaep(DataKey[..31]), WrappingAlgorithm.RsaOaepSha256),
            .. from message in (byte[][])[
                    DataKey,
                    [32, .. DataKey],
                    [31, .. DataKey, .. "AES/GCM/NoPadding"u8],
                    [32, .. DataKey, .. "AES/GCM/NoPadding"u8, 0],
                    [32, .. DataKey, .. "AES/GCM/NoPaddinG"u8],
                    [15, .. DataKey[..16], .. "AES/GCM/NoPadding"u8],
                    [24, .. DataKey[..24], .. "AES/GCM/NoPadding"u8],
                    [32, .. DataKey[..16], .. "AES/GCM/NoPadding"u8],
                    []]
                select ((IKeyring)rsa, _rsa.Encrypt(message, RSAEncryptionPadding.OaepSHA1), WrappingAlgorithm.RsaOaepSha1),
        ];

        var messages = new HashSet<string>();
        foreach (var (keyring, body, wrapping) in cases)
        {
            messages.Add(await AssertRefusedAsync(keyring, Stored(body, wrapping), AlgorithmSuite.AesGcm));
        }

        Assert.Contains("raw key", Assert.Single(messages), StringComparison.Ordinal);
    }

    /// <summary>V1's paddings are oracles where a refusal shows: whatever is wrong, a random key comes in its place, and is marked.</summary>
    [Fact]
    public async Task Whatever_is_wrong_with_a_wrapped_key_of_V1_a_random_key_stands_for_it()
    {
        using var aes = Aes.Create();
        aes.Key = AesKey;
        var rsa = new RsaKeyring(_rsa);
        byte[][] bodies = [[], [1], new byte[32], new byte[40], new byte[48], new byte[256], Enumerable.Repeat((byte)0xFF, 256).ToArray()];
        (IKeyring Keyring, byte[] Wrapped, WrappingAlgorithm Wrapping)[] cases =
        [
            .. from body in bodies select ((IKeyring)_aes, body, WrappingAlgorithm.AesEcb),
            .. from body in bodies select ((IKeyring)rsa, body, WrappingAlgorithm.RsaPkcs1),
            .. from length in new[] { 0, 15, 17, 31, 33 } select ((IKeyring)_aes, aes.EncryptEcb(TestContent.Of(length), PaddingMode.PKCS7), WrappingAlgorithm.AesEcb),
            .. from length in new[] { 0, 15, 17, 31, 33 } select ((IKeyring)rsa, _rsa.Encrypt(TestContent.Of(length), RSAEncryptionPadding.Pkcs1), WrappingAlgorithm.RsaPkcs1),
            (_aes, aes.EncryptEcb([.. DataKey, .. new byte[15], 16], PaddingMode.None), WrappingAlgorithm.AesEcb),
            (rsa, Flipped(_rsa.Encrypt(DataKey, RSAEncryptionPadding.Pkcs1)), WrappingAlgorithm.RsaPkcs1),
        ];
        foreach (var (keyring, wrapped, wrapping) in cases)
        {
            using var one = await keyring.OnDecryptAsync(AlgorithmSuite.AesCbc, Stored(wrapped, wrapping), CancellationToken.None);
            using var two = await keyring.OnDecryptAsync(AlgorithmSuite.AesCbc, Stored(wrapped, wrapping), CancellationToken.None);

            Assert.True(one.IsSubstitute && two.IsSubstitute);
            Assert.Equal(32, one.PlaintextDataKey.Length);
            Assert.NotEqual(one.PlaintextDataKey, two.PlaintextDataKey);
        }
    }

    [Theory]
    [InlineData("AES/GCM")]
    [InlineData("AESWrap")]
    [InlineData("V1, AES")]
    [InlineData("V1, RSA")]
    [InlineData("RSA-OAEP-SHA1")]
    [InlineData("RSA/ECB/OAEPWithSHA-256AndMGF1Padding")]
    public async Task A_data_key_of_128_bits_is_opened_but_not_for_V3(string name)
    {
        var key = DataKey[..16];
        using var aes = Aes.Create();
        aes.Key = AesKey;
        using var gcm = new AesGcm(AesKey, 16);
        var (sealedKey, tag) = (new byte[16], new byte[16]);
        gcm.Encrypt(TestContent.Of(12), key, sealedKey, tag, "AES/GCM/NoPadding"u8);
        var (keyring, wrapping, wrapped) = name switch
        {
            "AES/GCM" => ((IKeyring)_aes, WrappingAlgorithm.AesGcm, (byte[])[.. TestContent.Of(12), .. sealedKey, .. tag]),
            "AESWrap" => (_aes, WrappingAlgorithm.AesWrap, Rfc3394(key)),
            "V1, AES" => (_aes, WrappingAlgorithm.AesEcb, aes.EncryptEcb(key, PaddingMode.PKCS7)),
            "V1, RSA" => (new RsaKeyring(_rsa), WrappingAlgorithm.RsaPkcs1, _rsa.Encrypt(key, RSAEncryptionPadding.Pkcs1)),
            "RSA-OAEP-SHA1" => (new RsaKeyring(_rsa), WrappingAlgorithm.RsaOaepSha1, _rsa.Encrypt([16, .. key, .. "AES/GCM/NoPadding"u8], RSAEncryptionPadding.OaepSHA1)),
            _ => (new RsaKeyring(_rsa), WrappingAlgorithm.RsaOaepSha256, JavaOaep(key)),
        };

        using var opened = await keyring.OnDecryptAsync(AlgorithmSuite.AesGcm, Stored(wrapped, wrapping), CancellationToken.None);

        Assert.False(opened.IsSubstitute);
        Assert.Equal(key, opened.PlaintextDataKey);
        if (!name.StartsWith("V1", StringComparison.Ordinal))
        {
            await AssertRefusedAsync(keyring, Stored(wrapped, wrapping), AlgorithmSuite.AesGcmCommitting);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Several_keys_open_what_one_of_them_wrapped_and_a_substitute_gives_way(int at)
    {
        using var aes = Aes.Create();
        aes.Key = AesKey;
        IKeyring[] keyrings = [new AesKeyring(TestContent.Of(32, seed: 20)), new AesKeyring(TestContent.Of(32, seed: 21)), new AesKeyring(TestContent.Of(32, seed: 22))];
        keyrings[at] = _aes;
        var all = new RawMultiKeyring(keyrings);

        using var v1 = await all.OnDecryptAsync(
            AlgorithmSuite.AesCbc, Stored(aes.EncryptEcb(DataKey, PaddingMode.PKCS7), WrappingAlgorithm.AesEcb), CancellationToken.None);
        using var v2 = await all.OnDecryptAsync(AlgorithmSuite.AesCbc, Stored(Rfc3394(DataKey), WrappingAlgorithm.AesWrap), CancellationToken.None);
        using var none = await all.OnDecryptAsync(AlgorithmSuite.AesCbc, Stored(new byte[48], WrappingAlgorithm.AesEcb), CancellationToken.None);

        Assert.Equal(DataKey, v1.PlaintextDataKey);
        Assert.False(v1.IsSubstitute);
        Assert.Equal(DataKey, v2.PlaintextDataKey);
        Assert.True(none.IsSubstitute);
        var refused = await Assert.ThrowsAsync<CseException>(
            () => all.OnDecryptAsync(AlgorithmSuite.AesCbc, Stored(new byte[40], WrappingAlgorithm.AesWrap), CancellationToken.None));
        Assert.Equal(ErrorId.WrappedKeyInvalid, refused.ErrorId);
    }

    [Fact]
    public async Task A_key_of_another_kind_is_told()
    {
        foreach (var (keyring, wrapping) in new (IKeyring, WrappingAlgorithm)[]
        {
            (_aes, WrappingAlgorithm.RsaOaepSha1),
            (_aes, WrappingAlgorithm.KmsContext),
            (new RsaKeyring(_rsa), WrappingAlgorithm.AesGcm),
            (new KmsKeyring(new FakeKms(), "key"), WrappingAlgorithm.AesGcm),
            (new KmsDiscoveryKeyring(new FakeKms(), "aws", ["111122223333"]), WrappingAlgorithm.RsaOaepSha1),
        })
        {
            var fault = await Assert.ThrowsAsync<CseException>(() => keyring.OnDecryptAsync(AlgorithmSuite.AesGcm, Stored([1], wrapping), CancellationToken.None));
            Assert.Equal(ErrorId.KeyKindMismatch, fault.ErrorId);
            Assert.Equal(wrapping.KeyKind, fault.Needed.KeyKind);
        }
    }

    [Fact]
    public async Task A_public_key_wraps_and_opens_nothing()
    {
        using var publicHalf = RSA.Create(_rsa.ExportParameters(includePrivateParameters: false));
        var keyring = new RsaKeyring(publicHalf);
        using var wrapped = await keyring.OnEncryptAsync(AlgorithmSuite.AesGcm, StringMap.Empty, CancellationToken.None);

        var fault = await Assert.ThrowsAsync<CseException>(
            () => keyring.OnDecryptAsync(AlgorithmSuite.AesGcm, wrapped.EncryptedDataKey, CancellationToken.None));

        Assert.Equal(ErrorId.WrappedKeyInvalid, fault.ErrorId);
        using var opened = await new RsaKeyring(_rsa).OnDecryptAsync(AlgorithmSuite.AesGcm, wrapped.EncryptedDataKey, CancellationToken.None);
        Assert.Equal(wrapped.PlaintextDataKey, opened.PlaintextDataKey);
    }

    [Fact]
    public async Task A_short_RSA_key_is_not_written_with()
    {
        using var rsa = RSA.Create(1024);

        var fault = await Assert.ThrowsAsync<CseException>(() => new RsaKeyring(rsa).OnEncryptAsync(AlgorithmSuite.AesGcm, StringMap.Empty, CancellationToken.None));

        Assert.Equal(ErrorId.WrappingKeyInvalid, fault.ErrorId);
        Assert.Contains("1024 bits", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_key_of_another_length_is_zeroed_and_refused()
    {
        foreach (var length in new[] { 15, 24, 31, 33 })
        {
            var unwrapped = TestContent.Of(length);
            Assert.Equal(
                ErrorId.WrappedKeyInvalid, Assert.Throws<CseException>(() => RawDataKey.Open(AlgorithmSuite.AesGcm, () => unwrapped)).ErrorId);
            Assert.Equal(new byte[length], unwrapped);
        }
    }

    [Fact]
    public async Task Keys_are_read_from_files()
    {
        using var folder = new TemporaryFolder();
        byte[][] aesFiles = [AesKey, Encoding.ASCII.GetBytes(Convert.ToBase64String(AesKey)), Encoding.ASCII.GetBytes(Convert.ToBase64String(AesKey) + "\n")];
        foreach (var content in aesFiles)
        {
            using var key = RawKey.FromAesFile(folder.Write("key", content));
            await AssertWrapsForAsync(RawKeyring.Of(key), _aes);
            await AssertWrapsForAsync(_aes, RawKeyring.Of(key));
        }

        foreach (var pem in (string[])[_rsa.ExportPkcs8PrivateKeyPem(), _rsa.ExportRSAPrivateKeyPem()])
        {
            using var key = RawKey.FromRsaPemFile(folder.Write("pem", Encoding.ASCII.GetBytes(pem)), isPrivate: true);
            await AssertWrapsForAsync(new RsaKeyring(_rsa), RawKeyring.Of(key));
        }

        foreach (var pem in (string[])[_rsa.ExportSubjectPublicKeyInfoPem(), _rsa.ExportRSAPublicKeyPem(), _rsa.ExportPkcs8PrivateKeyPem()])
        {
            using var key = RawKey.FromRsaPemFile(folder.Write("pem", Encoding.ASCII.GetBytes(pem)), isPrivate: false);
            await AssertWrapsForAsync(RawKeyring.Of(key), new RsaKeyring(_rsa));
        }
    }

    [Fact]
    public void An_AES_key_is_copied_and_zeroed_when_it_was_used()
    {
        byte[] given = [.. AesKey];
        var key = RawKey.FromAes(given);
        Array.Clear(given);
        var kept = key.Aes!;
        Assert.Equal(AesKey, kept);

        key.Dispose();

        Assert.Equal(new byte[32], kept);
    }

    [Fact]
    public void A_file_too_long_for_a_key_is_not_read()
    {
        using var folder = new TemporaryFolder();

        Assert.Contains("too long", Refused(65_537).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("too long", Refused(65_536).Message, StringComparison.Ordinal);

        CseException Refused(int length) => Assert.Throws<CseException>(() => RawKey.FromAesFile(folder.Write("key", new byte[length])));
    }

    [Fact]
    public void What_is_no_key_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var ec = ECDsa.Create();
        var encrypted = _rsa.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10));
        foreach (var read in (Action[])[
            () => RawKey.FromAes(new byte[24]),
            () => RawKey.FromAes(new byte[33]),
            () => RawKey.FromAesBase64("not base64"),
            () => RawKey.FromAesBase64(Convert.ToBase64String(new byte[31])),
            () => RawKey.FromAesFile(folder.File("none")),
            () => RawKey.FromAesFile(folder.Write("long", new byte[100_000])),
            () => RawKey.FromAesFile(folder.Write("binary", TestContent.Of(33))),
            () => RawKey.FromRsaPemFile(folder.Write("public", Encoding.ASCII.GetBytes(_rsa.ExportSubjectPublicKeyInfoPem())), isPrivate: true),
            () => RawKey.FromRsaPemFile(folder.Write("encrypted", Encoding.ASCII.GetBytes(encrypted)), isPrivate: true),
            () => RawKey.FromRsaPemFile(folder.Write("ec", Encoding.ASCII.GetBytes(ec.ExportPkcs8PrivateKeyPem())), isPrivate: true),
            () => RawKey.FromRsaPemFile(folder.Write("text", "hello"u8), isPrivate: false)])
        {
            Assert.Equal(ErrorId.WrappingKeyInvalid, Assert.Throws<CseException>(read).ErrorId);
        }
    }

    public void Dispose()
    {
        _rsa.Dispose();
    }

    private static async Task AssertWrapsForAsync(IKeyring writer, IKeyring reader)
    {
        using var made = await writer.OnEncryptAsync(AlgorithmSuite.AesGcm, StringMap.Empty, CancellationToken.None);
        using var opened = await reader.OnDecryptAsync(AlgorithmSuite.AesGcm, made.EncryptedDataKey, CancellationToken.None);
        Assert.Equal(made.PlaintextDataKey, opened.PlaintextDataKey);
    }

    private static byte[] Flipped(byte[] bytes) => [.. bytes[..^1], (byte)(bytes[^1] ^ 1)];

    private static EncryptedDataKey Stored(byte[] wrapped, WrappingAlgorithm wrapping) => new(wrapped, wrapping, StringMap.Empty);

    private static async Task<string> AssertRefusedAsync(IKeyring keyring, EncryptedDataKey stored, AlgorithmSuite suite)
    {
        var fault = await Assert.ThrowsAsync<CseException>(() => keyring.OnDecryptAsync(suite, stored, CancellationToken.None));
        Assert.Equal(ErrorId.WrappedKeyInvalid, fault.ErrorId);
        return fault.Message;
    }

    private static byte[] Changed(byte[] bytes, int at, byte value)
    {
        byte[] changed = [.. bytes];
        changed[at] = value;
        return changed;
    }

    // RFC 8017, 7.1.1: the hash of the empty label, zeros, a one, and the message.
    private byte[] OaepBlock() =>
        [.. SHA256.HashData([]), .. new byte[(_rsa.KeySize / 8) - 1 - 32 - 32 - 1 - DataKey.Length], 1, .. DataKey];

    // The rest of the encoding, and the public operation.
    private byte[] Encrypted(byte first, byte[] block)
    {
        var seed = RandomNumberGenerator.GetBytes(32);
        var maskedBlock = Mask(block, seed);
        var number = new BigInteger(1, [first, .. Mask(seed, maskedBlock), .. maskedBlock]);
        var key = _rsa.ExportParameters(false);
        var modulus = new BigInteger(1, key.Modulus);
        Assert.True(number.CompareTo(modulus) < 0);
        var bytes = number.ModPow(new BigInteger(1, key.Exponent), modulus).ToByteArrayUnsigned();
        return [.. new byte[key.Modulus!.Length - bytes.Length], .. bytes];
    }

    private byte[] PlusModulus(byte[] block)
    {
        var modulus = new BigInteger(1, _rsa.ExportParameters(false).Modulus);
        for (; ; )
        {
            var sum = new BigInteger(1, Encrypted(0, block)).Add(modulus).ToByteArrayUnsigned();
            if (sum.Length == _rsa.KeySize / 8)
            {
                return sum;
            }
        }
    }

    private static byte[] Mask(byte[] bytes, byte[] seed)
    {
        byte[] masked = [.. bytes];
        for (var at = 0; at < masked.Length; at++)
        {
            masked[at] ^= SHA1.HashData([.. seed, 0, 0, 0, (byte)(at / 20)])[at % 20];
        }

        return masked;
    }

    private static byte[] Rfc3394(byte[] key)
    {
        var engine = new AesWrapEngine();
        engine.Init(true, new KeyParameter(AesKey));
        return engine.Wrap(key, 0, key.Length);
    }

    private IKeyring Keyring(string wrapping) => wrapping == "AES/GCM" ? _aes : new RsaKeyring(_rsa);

    // What Java's RSA/ECB/OAEPWithSHA-256AndMGF1Padding does by default.
    private byte[] JavaOaep(byte[] message)
    {
        var key = _rsa.ExportParameters(false);
        var engine = new OaepEncoding(new RsaEngine(), new Sha256Digest(), new Sha1Digest(), null);
        engine.Init(true, new RsaKeyParameters(false, new BigInteger(1, key.Modulus), new BigInteger(1, key.Exponent)));
        return engine.ProcessBlock(message, 0, message.Length);
    }
}
