using System.Security.Cryptography;
using CseKms.Core.Algorithms;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace CseKms.Benchmarks;

/// <summary>The seekable GCM engine in memory.</summary>
internal static class EngineFigures
{
    private const int Length = 64 << 20;

    // About what the transfer gives to each core at a time, and the same for each.
    private const int SegmentLength = 8 << 20;

    // One run is short, so many make one measurement.
    private const int Repetitions = 8;

    public static Figure[] All { get; } =
    [
        new("GCM engine, 1 thread, 64 MiB", "AesGcm, whole message, 1 thread", Goal.AtLeast(0.5), async bench =>
            (await bench.CompareAsync(() => Encrypt(1), EncryptWhole)).AsSpeed()),
        new("GCM engine, 1 thread", "BouncyCastle, streaming, hardware engine", Goal.AtLeast(1.5), async bench =>
            (await bench.CompareAsync(() => Encrypt(1), EncryptByBouncyCastle)).AsSpeed()),
        new($"GCM engine, all {Environment.ProcessorCount} cores", "the engine on 1 thread", Goal.AtLeast(0.9 * Environment.ProcessorCount), async bench =>
            (await bench.CompareAsync(() => Encrypt(Environment.ProcessorCount), () => Encrypt(1))).AsSpeed()),
    ];

    private static readonly byte[] Data = RandomNumberGenerator.GetBytes(Length);
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(SeekableGcm.KeySize);

    private static void Encrypt(int threads)
    {
        Span<byte> tag = stackalloc byte[SeekableGcm.TagSize];
        for (var i = 0; i < Repetitions; i++)
        {
            using var message = new SeekableGcm(Key, NewIv(), []);
            Parallel.For(0, Length / SegmentLength, new ParallelOptions { MaxDegreeOfParallelism = threads }, segment =>
            {
                var bytes = Data.AsSpan(segment * SegmentLength, SegmentLength);
                message.Encrypt((long)segment * SegmentLength, bytes, bytes);
            });
            message.ComputeTag(Length, tag);
        }
    }

    private static void EncryptWhole()
    {
        Span<byte> tag = stackalloc byte[SeekableGcm.TagSize];
        for (var i = 0; i < Repetitions; i++)
        {
            using var gcm = new AesGcm(Key, SeekableGcm.TagSize);
            gcm.Encrypt(NewIv(), Data, Data, tag);
        }
    }

    private static void EncryptByBouncyCastle()
    {
        var output = new byte[SegmentLength + SeekableGcm.TagSize];
        for (var i = 0; i < Repetitions; i++)
        {
            var cipher = new GcmBlockCipher(AesUtilities.CreateEngine());
            cipher.Init(forEncryption: true, new AeadParameters(new KeyParameter(Key), SeekableGcm.TagSize * 8, NewIv()));
            for (var at = 0; at < Length; at += SegmentLength)
            {
                cipher.ProcessBytes(Data.AsSpan(at, SegmentLength), output);
            }

            cipher.DoFinal(output, 0);
        }
    }

    private static byte[] NewIv() => RandomNumberGenerator.GetBytes(SeekableGcm.IvSize);
}
