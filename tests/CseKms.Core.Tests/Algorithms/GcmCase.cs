using System.Security.Cryptography;
using CseKms.Core.Algorithms;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;
using Xunit;

namespace CseKms.Core.Tests.Algorithms;

/// <summary>A random message made from a seed, which two other implementations encrypt, and the engine in pieces.</summary>
internal sealed class GcmCase
{
    private readonly Random _random;
    private readonly string _name;

    public GcmCase(int seed, int length, int associatedDataLength)
    {
        _name = $"seed {seed}, length {length}, associated data {associatedDataLength}";
        _random = new Random(seed);
        Key = Bytes(32);
        Iv = Bytes(12);
        AssociatedData = Bytes(associatedDataLength);
        Plaintext = Bytes(length);
        Ciphertext = new byte[length];
        Tag = new byte[16];
        using var gcm = new AesGcm(Key, 16);
        gcm.Encrypt(Iv, Plaintext, Ciphertext, Tag, AssociatedData);
    }

    public byte[] Key { get; }

    public byte[] Iv { get; }

    public byte[] AssociatedData { get; }

    public byte[] Plaintext { get; }

    /// <summary>What AesGcm made of the plaintext.</summary>
    public byte[] Ciphertext { get; }

    /// <summary>The tag of AesGcm.</summary>
    public byte[] Tag { get; }

    public SeekableGcm Engine() => new(Key, Iv, AssociatedData);

    /// <summary>Ranges that cover the message, each but the last a multiple of 16, in random order.</summary>
    public (int Offset, int Length)[] RandomSegments(int maximum)
    {
        var segments = new List<(int Offset, int Length)>();
        int blocks = (Plaintext.Length + 15) / 16;
        for (int block = 0; block < blocks;)
        {
            int count = Math.Min(blocks - block, _random.Next(1, Math.Max(2, (2 * blocks / maximum) + 1)));
            int offset = block * 16;
            segments.Add((offset, Math.Min(count * 16, Plaintext.Length - offset)));
            block += count;
        }

        (int, int)[] shuffled = [.. segments];
        _random.Shuffle(shuffled);
        return shuffled;
    }

    /// <summary>Fails when BouncyCastle sees the message otherwise than AesGcm.</summary>
    public void AgreesWithBouncyCastle()
    {
        var cipher = new GcmBlockCipher(AesUtilities.CreateEngine());
        cipher.Init(true, new AeadParameters(new KeyParameter(Key), 128, Iv, AssociatedData));
        byte[] output = new byte[Plaintext.Length + 16];
        int count = cipher.ProcessBytes(Plaintext, 0, Plaintext.Length, output, 0);
        cipher.DoFinal(output, count);
        Same(Ciphertext, output.AsSpan(0, Plaintext.Length), "BouncyCastle's ciphertext");
        Same(Tag, output.AsSpan(Plaintext.Length), "BouncyCastle's tag");
    }

    /// <summary>Fails when the engine encrypts or decrypts to anything else, in random pieces and orders.</summary>
    public void EngineAgrees(bool inPlace, int maximumSegments)
    {
        byte[] output = Transform(Plaintext, inPlace, maximumSegments, encrypt: true);
        Same(Ciphertext, output, "the ciphertext");
        output = Transform(Ciphertext, inPlace, maximumSegments, encrypt: false);
        Same(Plaintext, output, "the plaintext");
    }

    public void Same(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, string what)
    {
        int at = expected.CommonPrefixLength(actual);
        Assert.True(expected.SequenceEqual(actual), $"{what} differs at byte {at} ({_name})");
    }

    private byte[] Transform(byte[] source, bool inPlace, int maximumSegments, bool encrypt)
    {
        using SeekableGcm engine = Engine();
        byte[] output = inPlace ? [.. source] : new byte[source.Length];
        byte[] input = inPlace ? output : source;
        foreach ((int offset, int length) in RandomSegments(maximumSegments))
        {
            ReadOnlySpan<byte> from = input.AsSpan(offset, length);
            Span<byte> to = output.AsSpan(offset, length);
            if (encrypt)
            {
                engine.Encrypt(offset, from, to);
            }
            else
            {
                engine.Decrypt(offset, from, to);
            }
        }

        if (encrypt)
        {
            byte[] tag = new byte[16];
            engine.ComputeTag(source.Length, tag);
            Same(Tag, tag, "the tag");
        }

        Assert.True(engine.VerifyTag(source.Length, Tag), $"the tag was refused ({_name})");
        return output;
    }

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }
}
