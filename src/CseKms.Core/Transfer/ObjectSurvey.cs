using CseKms.Core.Format;

namespace CseKms.Core.Transfer;

/// <summary>
/// Finds out what a stored object is: by its metadata alone when it has an envelope, and else by its key, its instruction file and its first
/// bytes. Thread-safe.
/// </summary>
/// <param name="scheduler">Sends the requests.</param>
/// <param name="suffix">What an instruction file's key adds to the object's key.</param>
internal sealed class ObjectSurvey(TransferScheduler scheduler, string suffix)
{
    /// <exception cref="CseException">There is no such object, or its envelope is damaged.</exception>
    public async Task<SurveyedObject> RunAsync(ObjectAddress address, CancellationToken cancellationToken)
    {
        var remote = await RemoteObject.FindAsync(scheduler, address, cancellationToken).ConfigureAwait(false);
        var metadata = await new EnvelopeFinder(scheduler, suffix).TryFindAsync(remote, cancellationToken).ConfigureAwait(false);
        var kind = metadata is not null ? ObjectKind.Encrypted : await KindOfClearAsync(remote, cancellationToken).ConfigureAwait(false);
        return new SurveyedObject(ObjectDescription.Of(remote.Head, metadata), kind);
    }

    /// <summary>Whether an object is the instruction file of another one that exists.</summary>
    public async Task<bool> IsInstructionFileAsync(ObjectAddress address, CancellationToken cancellationToken)
    {
        if (InstructionFile.OwnerOf(address.Key, suffix) is not { } key)
        {
            return false;
        }

        try
        {
            await RemoteObject.FindAsync(scheduler, address with { Key = key, VersionId = null }, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.NoSuchKey)
        {
            return false;
        }
    }

    /// <summary>What an object is that has no envelope.</summary>
    public async Task<ObjectKind> KindOfClearAsync(RemoteObject remote, CancellationToken cancellationToken)
    {
        var (key, size) = (remote.Address.Key, remote.Head.Size);
        if (size == 0 && remote.Address.IsNamedLikeFolder)
        {
            return ObjectKind.FolderMarker;
        }

        if (await IsInstructionFileAsync(remote.Address, cancellationToken).ConfigureAwait(false))
        {
            return ObjectKind.InstructionFile;
        }

        if (InstructionFile.OwnerOf(key, suffix) is not null && size <= InstructionFile.MaxSize)
        {
            var file = await ReadBeginningAsync(remote, InstructionFile.MaxSize, cancellationToken).ConfigureAwait(false);
            return InstructionFile.Is(file) ? ObjectKind.OrphanedInstructionFile : KindOfBytes(file);
        }

        return KindOfBytes(await ReadBeginningAsync(remote, CiphertextSigns.SampleLength, cancellationToken).ConfigureAwait(false));
    }

    private static ObjectKind KindOfBytes(ReadOnlySpan<byte> bytes) =>
        CiphertextSigns.LooksEncrypted(bytes[..Math.Min(bytes.Length, CiphertextSigns.SampleLength)])
            ? ObjectKind.MayHaveLostEnvelope
            : ObjectKind.NotEncrypted;

    // Of an archived object, or one that may not be read, nothing is seen.
    private static async Task<byte[]> ReadBeginningAsync(RemoteObject remote, int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[Math.Min(length, remote.Head.Size)];
        try
        {
            await remote.ReadAsync(0, bytes, cancellationToken).ConfigureAwait(false);
            return bytes;
        }
        catch (CseException failure) when (failure.ErrorId is ErrorId.ObjectArchived or ErrorId.S3AccessDenied)
        {
            return [];
        }
    }
}
