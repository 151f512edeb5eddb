namespace CseKms.Core.Algorithms;

/// <summary>A content algorithm suite of the format (specification: encryption, "Algorithm Suites"). Immutable.</summary>
internal sealed class AlgorithmSuite
{
    /// <summary>Length of a data key and of a content key, in bytes.</summary>
    public const int KeyLength = 32;

    /// <summary>Length of a data key of AES-128 in bytes: what some clients wrote in V1 and V2, read by request only.</summary>
    public const int ShortKeyLength = 16;

    /// <summary>Length of the authentication tag of the GCM suites, in bytes.</summary>
    public const int TagLength = 16;

    /// <summary>Length of the message id of the committing suite, in bytes.</summary>
    public const int MessageIdLength = 28;

    /// <summary>Length of the key commitment of the committing suite, in bytes.</summary>
    public const int CommitmentLength = 28;

    /// <summary>AES-256-GCM, suite 0x0072: written only where the commitment policy forbids commitment.</summary>
    public static readonly AlgorithmSuite AesGcm = new(0x0072, "AES/GCM/NoPadding", "AES-256-GCM", nonceLength: 12);

    /// <summary>AES-256-GCM with HKDF-SHA512 and key commitment, suite 0x0073: the default.</summary>
    public static readonly AlgorithmSuite AesGcmCommitting = new(0x0073, "115", "AES-256-GCM-HKDF-SHA512-COMMIT-KEY", MessageIdLength);

    /// <summary>AES-256-CBC with PKCS #7 padding, suite 0x0070: legacy, unauthenticated, never written.</summary>
    public static readonly AlgorithmSuite AesCbc = new(0x0070, "AES/CBC/PKCS5Padding", "AES-256-CBC", nonceLength: 16);

    private AlgorithmSuite(ushort id, string metadataValue, string name, int nonceLength)
    {
        Id = id;
        MetadataValue = metadataValue;
        Name = name;
        NonceLength = nonceLength;
    }

    /// <summary>The suite's number.</summary>
    public ushort Id { get; }

    /// <summary>The value that stands for the suite in metadata and in the encryption context.</summary>
    public string MetadataValue { get; }

    /// <summary>The name that a user reads.</summary>
    public string Name { get; }

    /// <summary>Length in bytes of what the object stores to make the message unique: the IV, or the message id when committing.</summary>
    public int NonceLength { get; }

    /// <summary>Whether the suite commits to its key.</summary>
    public bool IsCommitting => this == AesGcmCommitting;

    /// <summary>Whether the suite authenticates the content.</summary>
    public bool IsAuthenticated => this != AesCbc;

    /// <summary>Whether a data key may have so many bytes.</summary>
    public bool TakesKey(int length) => length == KeyLength || (length == ShortKeyLength && !IsCommitting);

    /// <summary>The name that a user reads, for a data key of so many bytes.</summary>
    public string NameFor(int keyLength) =>
        keyLength == ShortKeyLength ? Name.Replace("AES-256", "AES-128", StringComparison.Ordinal) : Name;
}
