using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using CseKms.Core.Materials;
using CseKms.Core.Settings;
using CseKms.Core.Tests.Materials;

namespace CseKms.Core.Tests.Vectors;

/// <summary>An object that another client wrote, with what KMS answered for it.</summary>
internal sealed record Vector
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly Lazy<IReadOnlyList<Vector>> Loaded = new(LoadAll);

    /// <summary>The vectors of the repository, then those of the folder that CSEKMS_VECTORS names.</summary>
    public static IReadOnlyList<Vector> All => Loaded.Value;

    [JsonIgnore]
    public string File { get; private set; } = "";

    public required string Name { get; init; }

    /// <summary>Absent, <c>ok</c> or <c>read</c> when the object must come back; else why it must not.</summary>
    public string? Expect { get; init; }

    /// <summary>The vector that this one was made from.</summary>
    public string? Base { get; init; }

    [JsonPropertyName("stored_body_b64")]
    public required byte[] StoredBody { get; init; }

    public required Dictionary<string, string> UserMetadata { get; init; }

    public string? InstructionKey { get; init; }

    [JsonPropertyName("instruction_body_b64")]
    public byte[]? InstructionBody { get; init; }

    public Dictionary<string, string>? InstructionMetadata { get; init; }

    /// <summary>The raw key that wraps the data key, where KMS does not.</summary>
    public VectorWrappingKey? WrappingKey { get; init; }

    public VectorKms? Kms { get; init; }

    public string? PlaintextSha256 { get; init; }

    public bool IsReadable => Expect is null or "ok" or "read";

    public string Sha256 => PlaintextSha256 ?? All.First(vector => vector.Name == Base).PlaintextSha256!;

    public bool IsCommitting => UserMetadata.ContainsKey("x-amz-c");

    /// <summary>The legacy modes as the vector itself tells them.</summary>
    [JsonPropertyName("legacy_modes")]
    public string? LegacyNames { get; init; }

    /// <summary>The legacy modes without which it must not be read.</summary>
    public LegacyModes Legacy
    {
        get
        {
            if (LegacyNames is not null)
            {
                return Enum.Parse<LegacyModes>(LegacyNames);
            }

            var envelope = InstructionBody is { } body ? JsonSerializer.Deserialize<Dictionary<string, string>>(body)! : UserMetadata;
            var isV1 = envelope.ContainsKey("x-amz-key");
            return (isV1 || envelope.GetValueOrDefault("x-amz-wrap-alg") == "kms" ? LegacyModes.Wrapping : LegacyModes.None)
                | (isV1 || envelope.GetValueOrDefault("x-amz-cek-alg")?.StartsWith("AES/CBC", StringComparison.Ordinal) == true
                    ? LegacyModes.Content : LegacyModes.None);
        }
    }

    /// <summary>The key that opens it: a KMS that answers as recorded, or the raw key.</summary>
    public IKeyring OpenKeyring()
    {
        if (Kms is { } kms)
        {
            return new KmsKeyring(
                new FakeKms().Knows(kms.KeyArn, kms.PlaintextDataKey, kms.CiphertextBlob, kms.EncryptionContext), kms.KeyArn);
        }

        if (WrappingKey!.Pkcs8 is not { } pkcs8)
        {
            return new AesKeyring(WrappingKey.Key!);
        }

        var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(pkcs8, out _);
        return new RsaKeyring(rsa);
    }

    private static List<Vector> LoadAll()
    {
        var folders = new[] { Path.Combine(AppContext.BaseDirectory, "vectors"), Environment.GetEnvironmentVariable("CSEKMS_VECTORS") };
        return [.. folders
            .Where(folder => !string.IsNullOrEmpty(folder))
            .SelectMany(folder => Directory.EnumerateFiles(folder!, "*.json").Order(StringComparer.Ordinal))
            .SelectMany(Load)];
    }

    private static IEnumerable<Vector> Load(string path)
    {
        using var json = JsonDocument.Parse(System.IO.File.ReadAllBytes(path));
        var list = json.RootElement.TryGetProperty("vectors", out var vectors) ? vectors : json.RootElement.GetProperty("cases");
        foreach (var item in list.EnumerateArray())
        {
            var vector = item.Deserialize<Vector>(Options)!;
            vector.File = Path.GetFileName(path);
            yield return vector;
        }
    }
}

/// <summary>A raw key: of AES, or of RSA.</summary>
internal sealed record VectorWrappingKey
{
    [JsonPropertyName("keyB64")]
    public byte[]? Key { get; init; }

    [JsonPropertyName("pkcs8B64")]
    public byte[]? Pkcs8 { get; init; }
}

/// <summary>What KMS was asked and answered.</summary>
internal sealed record VectorKms
{
    public required string KeyArn { get; init; }

    [JsonPropertyName("ciphertext_blob_b64")]
    public required byte[] CiphertextBlob { get; init; }

    [JsonPropertyName("plaintext_data_key_b64")]
    public required byte[] PlaintextDataKey { get; init; }

    public Dictionary<string, string> EncryptionContext { get; init; } = [];

    public Dictionary<string, string>? CallerEncryptionContext { get; init; }
}
