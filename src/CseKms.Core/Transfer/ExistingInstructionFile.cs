using CseKms.Core.Format;

namespace CseKms.Core.Transfer;

/// <summary>Tells whether an object that is named like an instruction file is one, so that no other object is taken for one.</summary>
internal static class ExistingInstructionFile
{
    /// <summary>Finds an instruction file: by the mark that most writers set, or else by what is in it.</summary>
    /// <param name="scheduler">Sends the requests.</param>
    /// <param name="address">Where one would be.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <returns>The file; <see langword="null"/> when there is none.</returns>
    /// <exception cref="CseException">
    /// <see cref="ErrorId.S3AccessDenied"/> where that may not be seen, which S3 answers to who may not list where there is none too; and others.
    /// </exception>
    public static async Task<RemoteObject?> TryFindAsync(TransferScheduler scheduler, ObjectAddress address, CancellationToken cancellationToken)
    {
        try
        {
            var remote = await RemoteObject.FindAsync(scheduler, address, cancellationToken).ConfigureAwait(false);
            if (remote.Head.Metadata.ContainsKey(MetadataKeys.InstructionFileMark))
            {
                return remote;
            }

            if (remote.Head.Size > InstructionFile.MaxSize)
            {
                return null;
            }

            var body = new byte[remote.Head.Size];
            await remote.ReadAsync(0, body, cancellationToken).ConfigureAwait(false);
            return InstructionFile.Is(body) ? remote : null;
        }
        catch (CseException failure) when (failure.ErrorId is ErrorId.NoSuchKey or ErrorId.ObjectArchived)
        {
            return null;
        }
    }
}
