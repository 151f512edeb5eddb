using CseKms.Core.Algorithms;
using CseKms.Core.Content;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>
/// The envelope of an old version of an object that has an instruction file: of the files that may be its own, the one that opens it. A
/// file that does not is another version's, which is no sign of tampering.
/// </summary>
/// <param name="scheduler">Sends the requests.</param>
/// <param name="materialsManager">Unwraps data keys.</param>
/// <param name="finder">Reads envelopes.</param>
/// <param name="remote">The object.</param>
/// <param name="files">Its instruction file in the versions that may belong to it, the likeliest first.</param>
internal sealed class OldVersionEnvelope(
    TransferScheduler scheduler,
    CryptographicMaterialsManager materialsManager,
    EnvelopeFinder finder,
    RemoteObject remote,
    IReadOnlyList<ObjectAddress> files)
{
    /// <summary>Whether the files that an envelope may stand in are those of an old version.</summary>
    public static bool IsOld(IReadOnlyList<ObjectAddress> files) => files.Count > 0 && files[0].VersionId is not null;

    /// <summary>The envelope of an object that may be an old version, or none.</summary>
    /// <inheritdoc cref="FindAsync(CancellationToken)" path="/exception"/>
    public static async Task<ContentMetadata> FindAsync(
        TransferScheduler scheduler,
        CryptographicMaterialsManager materialsManager,
        EnvelopeFinder finder,
        RemoteObject remote,
        CancellationToken cancellationToken)
    {
        var files = await finder.FilesAsync(remote, cancellationToken).ConfigureAwait(false);
        return IsOld(files)
            ? await new OldVersionEnvelope(scheduler, materialsManager, finder, remote, files).FindAsync(cancellationToken).ConfigureAwait(false)
            : await finder.ReadAsync(remote, files.Count > 0 ? files[0] : null, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="CseException">
    /// <see cref="ErrorId.InstructionFileUnclear"/> when none opens it or nothing tells which would; others of the envelope and its key.
    /// </exception>
    public async Task<ContentMetadata> FindAsync(CancellationToken cancellationToken)
    {
        var refusals = new List<CseException>();
        foreach (var file in files)
        {
            try
            {
                var metadata = await finder.ReadAsync(remote, file, cancellationToken).ConfigureAwait(false);
                if (metadata.Suite.IsAuthenticated)
                {
                    await ProveAsync(metadata, cancellationToken).ConfigureAwait(false);
                }
                else if (files.Count > 1)
                {
                    throw Unclear(
                        $"{files.Count} versions of its instruction file may be its own, and nothing in {metadata.Suite.Name} tells which.", null);
                }

                return metadata;
            }
            catch (CseException failure) when (ForeignEnvelope.MayBeOne(failure.ErrorId))
            {
                refusals.Add(failure);
            }
        }

        // What the caller gave, or did not, may be the cause as well.
        throw refusals.Find(refusal => !ForeignEnvelope.IsMismatch(refusal.ErrorId))
            ?? Unclear(
                $"None of the {files.Count} versions of its instruction file that may be its own opens it. The right one may be gone.", refusals[0]);
    }

    // By the commitment where there is one, else by the tag of all the content.
    private async Task ProveAsync(ContentMetadata metadata, CancellationToken cancellationToken)
    {
        var plaintextLength = PlaintextLength.Of(remote.Head.Size);
        using var opened = await OpenedObject.OpenAsync(materialsManager, remote, remote.Address, metadata, cancellationToken).ConfigureAwait(false);
        if (metadata.Suite.IsCommitting)
        {
            return;
        }

        using var buffer = await scheduler.RentAsync(SeekableGcm.StripSize, cancellationToken).ConfigureAwait(false);
        using var nowhere = new NullSink();
        using var decryptor = new MessageDecryptor(opened.Cipher, plaintextLength, nowhere);
        await remote.ReadAsync(0, buffer.Bytes, remote.Head.Size, (offset, bytes) => decryptor.Decrypt(offset, bytes.Span), cancellationToken)
            .ConfigureAwait(false);
        decryptor.Commit();
    }

    private CseException Unclear(string problem, CseException? inner) =>
        new(ErrorId.InstructionFileUnclear, $"The version {remote.Address.VersionId} of {remote.Address} cannot be opened. {problem}", inner);
}
