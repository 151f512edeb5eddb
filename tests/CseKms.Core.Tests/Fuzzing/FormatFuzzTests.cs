using System.Security.Cryptography;
using System.Text;
using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Materials;
using CseKms.Core.Settings;
using Xunit;
using CseKms.Core.Tests.Materials;

namespace CseKms.Core.Tests.Fuzzing;

/// <summary>Whatever stands in metadata and instruction files is read, or refused by a fault of the format; nothing else ever happens.</summary>
public sealed class FormatFuzzTests : IDisposable
{
    private static readonly ErrorId[] FormatErrors = [ErrorId.EnvelopeInvalid, ErrorId.EnvelopeMixed, ErrorId.UnsupportedFormat];
    private static readonly string[] AllKeys = [.. MetadataKeys.Envelope, MetadataKeys.UnencryptedContentLength, "owner"];

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly AesKeyring _aes = new(TestContent.Of(32));

    [Fact]
    public void Envelopes() => Fuzz.Run(random =>
    {
        var (onObject, inFile) = Envelope(random);
        ContentMetadata? metadata;
        try
        {
            ContentMetadataCodec.NeedsInstructionFile(onObject);
            metadata = ContentMetadataCodec.Decode(onObject, inFile);
        }
        catch (CseException fault)
        {
            Assert.Contains(fault.ErrorId, FormatErrors);
            return;
        }

        if (metadata is null)
        {
            Assert.DoesNotContain(onObject.Concat(inFile ?? []), pair => MetadataKeys.Envelope.Contains(pair.Key, StringComparer.OrdinalIgnoreCase) && pair.Value.Length > 0);
            return;
        }

        AssertSound(metadata);
        if (metadata.FormatVersion != 1 && metadata.Suite.IsAuthenticated)
        {
            var again = ContentMetadataCodec.Decode(ContentMetadataCodec.Encode(metadata, 5))!;
            Assert.True(metadata.EncryptionContext.SameAs(again.EncryptionContext));
            Assert.Equal(
                (metadata.FormatVersion, metadata.Suite, metadata.Wrapping, Convert.ToBase64String(metadata.Nonce), Convert.ToBase64String(metadata.EncryptedDataKey)),
                (again.FormatVersion, again.Suite, again.Wrapping, Convert.ToBase64String(again.Nonce), Convert.ToBase64String(again.EncryptedDataKey)));
        }
    });

    [Fact]
    public void Instruction_files() => Fuzz.Run(random =>
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
            Assert.Subset(MetadataKeys.Envelope.ToHashSet(), InstructionFile.Decode(bytes).Keys.ToHashSet());
        }
        catch (CseException fault)
        {
            Assert.Equal(ErrorId.EnvelopeInvalid, fault.ErrorId);
        }
    });

    [Fact]
    public void Text_of_metadata() => Fuzz.Run(random =>
    {
        var text = random.Changed(random.Text());

        var decoded = MetadataText.Decode(text);

        if (text.All(char.IsAscii) && !text.Contains("=?", StringComparison.Ordinal))
        {
            Assert.Equal(text, decoded);
        }
    });

    [Fact]
    public void Maps() => Fuzz.Run(random =>
    {
        var map = new Dictionary<string, string>();
        for (var count = random.Next(4); count > 0; count--)
        {
            map[Unicode(random.Text())] = Unicode(random.Text());
        }

        var json = StringMap.ToJson(map);

        Assert.All(json, c => Assert.InRange(c, ' ', '~'));
        Assert.True(StringMap.TryParse(json, out var read) && map.SameAs(read));
        StringMap.TryParse(random.Changed(json), out _);
    });

    [Fact]
    public void Data_keys() => Fuzz.Run(random =>
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
                    AllowedLegacy = LegacyModes.Wrapping | LegacyModes.Content,
                    AcceptAnyContext = random.Next(2) == 0,
                };
                var manager = new CryptographicMaterialsManager(keyring, settings);
                using var materials = manager.GetDecryptionMaterialsAsync(metadata, new ObjectAddress("b", "k"), CancellationToken.None).GetAwaiter().GetResult();
                Assert.Fail("A data key was opened that nobody wrapped.");
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
        _aes.Dispose();
    }

    private static void AssertSound(ContentMetadata metadata)
    {
        Assert.Equal(metadata.Suite.NonceLength, metadata.Nonce.Length);
        Assert.Contains(metadata.Nonce, b => b != 0);
        Assert.NotEmpty(metadata.EncryptedDataKey);
        Assert.Equal(metadata.Suite.IsCommitting, metadata.FormatVersion == 3);
        Assert.Equal(metadata.Suite.IsCommitting ? AlgorithmSuite.CommitmentLength : null, metadata.KeyCommitment?.Length);
        Assert.True(metadata.FormatVersion != 3 || !metadata.Wrapping.IsLegacy);
        Assert.True(metadata.FormatVersion != 1 || (metadata.Wrapping.IsLegacy && metadata.Wrapping.KeyKind != WrappingKeyKind.Kms));
    }

    // An envelope as it should be, on the object or in both places, and then up to three things wrong with it.
    private static (Dictionary<string, string> OnObject, Dictionary<string, string>? InFile) Envelope(Random random)
    {
        var version = random.Next(1, 4);
        var isCbc = version == 1 || (version == 2 && random.Next(3) == 0);
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var key = Base64(random, random.One([32, 40, 48, 60, 184, 256]));
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
