using System.Security.Cryptography;

namespace CseKms.Sandbox.Checksums;

/// <summary>One of the checksums that S3 verifies and keeps.</summary>
internal sealed class ChecksumAlgorithm
{
    public static readonly ChecksumAlgorithm[] All =
    [
        new("CRC32", Crc.Crc32),
        new("CRC32C", Crc.Crc32C),
        new("CRC64NVME", Crc.Crc64Nvme),
        new("SHA1", HashAlgorithmName.SHA1, 20),
        new("SHA256", HashAlgorithmName.SHA256, 32),
    ];

    private readonly HashAlgorithmName _hash;

    private ChecksumAlgorithm(string name, Crc crc) : this(name, default, crc.Length) => Crc = crc;

    private ChecksumAlgorithm(string name, HashAlgorithmName hash, int length)
    {
        Name = name;
        Header = "x-amz-checksum-" + name.ToLowerInvariant();
        Length = length;
        _hash = hash;
    }

    public string Name { get; }

    public string Header { get; }

    public int Length { get; }

    /// <summary>Null for the SHAs, which cannot be combined over parts.</summary>
    public Crc? Crc { get; }

    public string XmlName => "Checksum" + Name;

    public static ChecksumAlgorithm? Named(string? name) =>
        All.FirstOrDefault(a => a.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public static ChecksumAlgorithm? OfHeader(string header) =>
        All.FirstOrDefault(a => a.Header.Equals(header, StringComparison.OrdinalIgnoreCase));

    public Hasher Begin() => Crc?.Begin() ?? new PlatformHasher(_hash);
}

internal abstract class Hasher : IDisposable
{
    public abstract void Append(ReadOnlySpan<byte> data);

    public abstract byte[] Finish();

    public abstract void Dispose();
}

internal sealed class PlatformHasher(HashAlgorithmName name) : Hasher
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(name);

    public override void Append(ReadOnlySpan<byte> data) => _hash.AppendData(data);

    public override byte[] Finish() => _hash.GetHashAndReset();

    public override void Dispose() => _hash.Dispose();
}
