namespace CseKms.Core.Transfer;

/// <summary>Is told how a transfer goes on. Called from many threads at once; must return at once and never throw.</summary>
public interface ITransferObserver
{
    /// <summary>An object's plaintext length became known.</summary>
    /// <param name="bytes">Its length in bytes.</param>
    void LengthKnown(long bytes);

    /// <summary>Plaintext bytes were sent or received.</summary>
    /// <param name="bytes">How many since the last call.</param>
    void Transferred(long bytes);

    /// <summary>A multipart upload could not be dropped after a failure or a stop, so that its parts stay in the bucket and are paid for.</summary>
    /// <param name="address">The object.</param>
    /// <param name="uploadId">
    /// The upload; <see langword="null"/> where the answer that names it was lost, so that one without parts may be open or not.
    /// </param>
    void UploadLeft(ObjectAddress address, string? uploadId);

    /// <summary>An old temporary file lies in a folder that is received into, and nobody can tell whether somebody still writes it.</summary>
    /// <param name="path">The file.</param>
    void TemporaryFileLeft(string path);

    /// <summary>
    /// The file system of a received file cannot rename without replacing, so that a file which came in between is lost, if one did. Told
    /// once a call.
    /// </summary>
    /// <param name="path">The file.</param>
    void MayHaveReplaced(string path);
}
