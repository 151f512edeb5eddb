using CseKms.Core.Algorithms;

namespace CseKms.Core.Transfer;

/// <summary>Whether an object holds what a file holds.</summary>
/// <param name="IsSame">Whether it does.</param>
/// <param name="Failure">What is wrong with the object, where something is; it is not the same then.</param>
public sealed record FileComparison(bool IsSame, CseException? Failure = null)
{
    /// <summary>
    /// Whether the object is damaged, not encrypted or gone, so that nothing is lost by another in its place. All other failures are those of
    /// an object that may well be read by somebody else, or by other settings.
    /// </summary>
    public bool IsWorthless => Failure?.ErrorId
        is ErrorId.NoSuchKey or ErrorId.NotEncrypted or ErrorId.EnvelopeInvalid or ErrorId.AuthenticationFailed;

    /// <summary>Whether an object of a stored length may hold a file of a length, by whatever algorithm it is encrypted.</summary>
    /// <param name="size">Stored bytes.</param>
    /// <param name="length">Bytes of the file.</param>
    internal static bool IsPossible(long size, long length) => size == length + AlgorithmSuite.TagLength || size == CbcSize(length);

    private static long CbcSize(long length) => length - (length % CbcContent.BlockSize) + CbcContent.BlockSize;
}
