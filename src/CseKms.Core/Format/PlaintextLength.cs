using CseKms.Core.Algorithms;

namespace CseKms.Core.Format;

/// <summary>How long the plaintext of a stored object is.</summary>
internal static class PlaintextLength
{
    private const int TagLength = AlgorithmSuite.TagLength;

    /// <summary>Plaintext bytes of an authenticated object; for one by CBC only decryption tells.</summary>
    /// <param name="size">Stored bytes.</param>
    /// <exception cref="CseException"><see cref="ErrorId.EnvelopeInvalid"/>: the format allows no object of that length.</exception>
    public static long Of(long size) =>
        size is >= TagLength and <= SeekableGcm.MaxPlaintextLength + TagLength
            ? size - TagLength
            : throw new CseException(
                ErrorId.EnvelopeInvalid,
                $"The object has {size:N0} bytes; an encrypted object has {TagLength} to {SeekableGcm.MaxPlaintextLength + TagLength:N0}.");
}
