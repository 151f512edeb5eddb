using CseKms.Core.Algorithms;

namespace CseKms.Core.Format;

/// <summary>How long the plaintext of a stored object is.</summary>
internal static class PlaintextLength
{
    private const int TagLength = AlgorithmSuite.TagLength;

    private static readonly string Lengths = $"an encrypted object has {TagLength} to {SeekableGcm.MaxPlaintextLength + TagLength:N0}";

    /// <summary>Plaintext bytes of an authenticated object; for one by CBC only decryption tells.</summary>
    /// <param name="size">Stored bytes.</param>
    /// <exception cref="CseException"><see cref="ErrorId.EnvelopeInvalid"/>: the format allows no object of that length.</exception>
    public static long Of(long size) => size switch
    {
        0 => throw BodyMissing(),
        >= TagLength and <= SeekableGcm.MaxPlaintextLength + TagLength => size - TagLength,
        _ => throw new CseException(ErrorId.EnvelopeInvalid, $"The object has {size:N0} bytes; {Lengths}."),
    };

    /// <summary>The error of an object that is an envelope and nothing else: an encrypted empty file has bytes too.</summary>
    public static CseException BodyMissing() =>
        new(ErrorId.EnvelopeInvalid, $"The object has an envelope, and its body is missing: it has 0 bytes; {Lengths}.");
}
