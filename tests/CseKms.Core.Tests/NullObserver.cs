using CseKms.Core.Transfer;

namespace CseKms.Core.Tests;

/// <summary>Does not look.</summary>
internal sealed class NullObserver : ITransferObserver
{
    public static readonly NullObserver Instance = new();

    public void LengthKnown(long bytes)
    {
    }

    public void TemporaryFileLeft(string path)
    {
    }

    public void MayHaveReplaced(string path)
    {
    }

    public void UploadLeft(ObjectAddress address, string? uploadId)
    {
    }

    public void Transferred(long bytes)
    {
    }
}
