using System.Security.Cryptography;
using System.Text;
using CseKms.Core.Format;
using CseKms.Core.Materials;
using CseKms.Core.Settings;
using CseKms.Core.Tests.Materials;
using Xunit;

namespace CseKms.Core.Tests.Fuzzing;

/// <summary>Whatever stands in metadata and instruction files is read, or refused by a fault of the format; nothing else ever happens.</summary>
public sealed class FormatFuzzTests : IDisposable
{
    private static readonly ErrorId[] FormatErrors = [ErrorId.EnvelopeInvalid, ErrorId.EnvelopeMixed, ErrorId.UnsupportedFormat];

    private static readonly string[] FileKeys =
        ["x-amz-key", "x-amz-key-v2", "x-amz-wrap-alg", "x-amz-cek-alg", "x-amz-tag-len", "x-amz-iv", "x-amz-matdesc", "x-amz-3", "x-amz-w", "x-amz-t", "x-amz-m"];

    private static readonly string[] EnvelopeKeys = [.. FileKeys, "x-amz-c", "x-amz-d", "x-amz-i"];
    private static readonly string[] AllKeys = [.. EnvelopeKeys, "x-amz-unencrypted-content-length", "owner"];

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly AesKeyring _aes = new(TestContent.Of(32));

    [Fact]
    public void An_envelope_is_read_or_refused()
    {
        var read = 0;
        var cases = Fuzz.Run(random =>
        {
            var (onObject, inFile) = Envelope(random);
            ContentMetadata? metadata;
            try
            {
                if (ContentMetadataCodec.NeedsInstructionFile(onObject) && inFile is null)
                {
                    metadata = ContentMetadataCodec.Decode(onObject);
                    Assert.Null(metadata);
                }
                else
                {
                    metadata = ContentMetadataCodec.Decode(onObject, inFile);
                }
            }
            catch (CseException fault)
            {
                Assert.Contains(fault.ErrorId, FormatErrors);
                return;
            }

            if (metadata is null)
            {
                Assert.DoesNotContain(
                    onObject.Concat(inFile ?? []), pair => EnvelopeKeys.Contains(pair.Key, StringComparer.OrdinalIgnoreCase) && pair.Value.Length > 0);
                return;
            }

            read++;
            AssertSound(metadata);
            if (metadata.FormatVersion != 1 && metadata.Suite.IsAuthenticated)
            {
                var again = ContentMetadataCodec.Decode(ContentMetadataCodec.Encode(metadata, 5))!;
                Assert.Equal((metadata.FormatVersion, metadata.Suite, metadata.Wrapping), (again.FormatVersion, again.Suite, again.Wrapping));
                Assert.Equal(metadata.EncryptedDataKey, again.EncryptedDataKey);
                Assert.Equal(metadata.EncryptionContext, again.EncryptionContext);
                Assert.Equal(metadata.Nonce, again.Nonce);
                Assert.Equal(metadata.KeyCommitment, again.KeyCommitment);
            }
        });

        AssertNotAllWereRefused(read, cases);
    }

    [Fact]
    public void An_instruction_file_is_read_or_refused()
    {
        var read = 0;
        var cases = Fuzz.Run(random =>
        {
            var (onObject, inFile) = Envelope(random);
            var bytes = InstructionFile.Encode(inFile ?? onObject);
            for (var changes = random.Next(4); changes > 0; changes--)
            {
                bytes = random.Next(3) == 0
                    ? Encoding.UTF8.GetBytes(random.Changed(Encoding.UTF8.GetString(bytes)))
                    : bytes.Length == 0 ? [(byte)random.Next(256)]
                    : [.. bytes[..random.Next(bytes.Length)], (byte)random.Next(256), .. bytes[random.Next(bytes.Length)..]];
            }

            try
            {
                Assert.Subset(FileKeys.ToHashSet(), InstructionFile.Decode(bytes).Keys.ToHashSet());
                read++;
            }
            catch (CseException fault)
            {
                Assert.Equal(ErrorId.EnvelopeInvalid, fault.ErrorId);
            }
        });

        AssertNotAllWereRefused(read, cases);
    }

    [Fact]
    public void Text_of_metadata_is_decoded_or_left_as_it_is() => Fuzz.Run(random =>
    {
        var text = random.Changed(random.Text());

        var decoded = MetadataText.Decode(text);

        if (text.All(char.IsAscii) && !text.Contains("=?", StringComparison.Ordinal))
        {
            Assert.Equal(text, decoded);
        }
    });

    [Fact]
    public void A_map_is_read_back_as_it_was_written() => Fuzz.Run(random =>
    {
        var map = new Dictionary<string, string>();
        for (var count = random.Next(4); count > 0; count--)
        {
            map[Unicode(random.Text())] = Unicode(random.Text());
        }

        var json = StringMap.ToJson(map);

        Assert.All(json, c => Assert.InRange(c, ' ', '~'));
        Assert.True(StringMap.TryParse(json, out var read) && map.SameAs(read));
        _ = StringMap.TryParse(random.Changed(json), out _);
    });

    [Fact]
    public void No_data_key_is_opened_that_nobody_wrapped() => Fuzz.Run(random =>
    {
        var (onObject, inFile) = Envelope(random);
        try
        {
            if (ContentMetadataCodec.Decode(onObject, inFile) is { } metadata)
            {
                var keyring = random.One<IKeyring>([_aes, new RsaKeyring(_rsa), new KmsKeyring(new FakeKms(), "key")]);
                var settings = new EncryptionSettings
                {
                    CommitmentPolicy = CommitmentPolicy.RequireEncryptAllowDecrypt,
                    AllowedLegacy = LegacyModes.Wrapping | LegacyModes.Content | (random.Next(2) == 0 ? LegacyModes.Aes128 : LegacyModes.None),
                    AcceptAnyContext = random.Next(2) == 0,
                };
                var manager = new CryptographicMaterialsManager(keyring, settings);
                using var materials = manager.GetDecryptionMaterialsAsync(metadata, new ObjectAddress("b", "k"), CancellationToken.None).GetAwaiter().GetResult();
                Assert.True(materials.IsSubstitute, "A data key was opened that nobody wrapped.");
                Assert.Equal(1, metadata.FormatVersion);
            }
        }
        catch (CseException)
        {
            // As it must be.
        }
    });

    public void Dispose()
    {
        _rsa.Dispose();
    }

    // Only a run of many cases tells.
    private static void AssertNotAllWereRefused(int read, int cases) =>
        Assert.True(cases == 1 || read > cases / 20, $"Of {cases:N0} cases {read:N0} were read.");

    private static void AssertSound(ContentMetadata metadata)
    {
        Assert.Equal(metadata.FormatVersion == 3 ? 28 : metadata.Suite.IsAuthenticated ? 12 : 16, metadata.Nonce.Length);
        Assert.Contains(metadata.Nonce, b => b != 0);
        Assert.NotEmpty(metadata.EncryptedDataKey);
        Assert.Equal(metadata.Suite.IsCommitting, metadata.FormatVersion == 3);
        Assert.Equal(metadata.FormatVersion == 3 ? 28 : null, metadata.KeyCommitment?.Length);
        Assert.True(metadata.FormatVersion != 3 || !metadata.Wrapping.IsLegacy);
        Assert.True(metadata.FormatVersion != 1 || (metadata.Wrapping.IsLegacy && metadata.Wrapping.KeyKind != WrappingKeyKind.Kms));
    }

    // An envelope as it should be, on the object or in both places, and then up to three things wrong with it.
    private static (Dictionary<string, string> OnObject, Dictionary<string, string>? InFile) Envelope(Random random)
    {
        var version = random.Next(1, 4);
        var isCbc = version == 1 || (version == 2 && random.Next(3) == 0);
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var key = Base64(random, random.One([24, 32, 40, 44, 48, 60, 184, 256]));
        var context = random.One(["{}", """{"aws:x-amz-cek-alg":"115"}""", """{"aws:x-amz-cek-alg":"AES/GCM/NoPadding","a":"b"}""", """{"kms_cmk_id":"key"}"""]);
        if (version == 3)
        {
            values["x-amz-c"] = "115";
            values["x-amz-3"] = key;
            values["x-amz-w"] = random.One(["12", "02", "22"]);
            values["x-amz-d"] = Base64(random, 28);
            values["x-amz-i"] = Base64(random, 28);
            values[values["x-amz-w"] == "12" ? "x-amz-t" : "x-amz-m"] = context;
        }
        else
        {
            values[version == 1 ? "x-amz-key" : "x-amz-key-v2"] = key;
            values["x-amz-iv"] = Base64(random, isCbc ? 16 : 12);
            values["x-amz-matdesc"] = context;
            if (version == 2)
            {
                values["x-amz-wrap-alg"] = random.One(["kms+context", "kms", "AES/GCM", "AESWrap", "RSA-OAEP-SHA1", "RSA/ECB/OAEPWithSHA-256AndMGF1Padding"]);
                values["x-amz-cek-alg"] = isCbc ? "AES/CBC/PKCS5Padding" : "AES/GCM/NoPadding";
                if (!isCbc)
                {
                    values["x-amz-tag-len"] = "128";
                }
            }
        }

        var inFile = new Dictionary<string, string>();
        if (random.Next(2) == 0)
        {
            foreach (var name in values.Keys.Where(InstructionFile.Holds).ToArray())
            {
                values.Remove(name, out var value);
                inFile[name] = value!;
            }
        }

        for (var changes = random.Next(4); changes > 0; changes--)
        {
            IDictionary<string, string> target = inFile.Count > 0 && random.Next(2) == 0 ? inFile : values;
            var name = random.One(random.Next(2) == 0 || target.Count == 0 ? AllKeys : [.. target.Keys]);
            switch (random.Next(4))
            {
                case 0:
                    target.Remove(name);
                    break;
                case 1:
                    target[name] = "";
                    break;
                default:
                    target[name] = random.Changed(target.TryGetValue(name, out var old) ? old : "");
                    break;
            }
        }

        return (values, inFile.Count > 0 ? inFile : null);
    }

    private static string Base64(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return Convert.ToBase64String(bytes);
    }

    private static string Unicode(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
