using CseKms.Core.Format;

namespace CseKms.Core.Transfer;

/// <summary>
/// Finds an object's envelope: on the object, or in its instruction file (specification: content-metadata, "Determining S3EC Object
/// Status"). Thread-safe.
/// </summary>
/// <param name="scheduler">Sends the requests.</param>
/// <param name="suffix">What an instruction file's key adds to the object's key.</param>
internal sealed class EnvelopeFinder(TransferScheduler scheduler, string suffix)
{
    /// <summary>The envelope of an object that must have one.</summary>
    /// <param name="remote">The object.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="CseException"><see cref="ErrorId.NotEncrypted"/> without an envelope; others for one that is not as it must be.</exception>
    public async Task<ContentMetadata> FindAsync(RemoteObject remote, CancellationToken cancellationToken)
    {
        var objectValues = remote.Head.Metadata;
        IReadOnlyDictionary<string, string>? instructionValues = null;
        CseException? absence = null;
        if (ContentMetadataCodec.NeedsInstructionFile(objectValues))
        {
            try
            {
                instructionValues = await ReadAsync(remote.Address, cancellationToken).ConfigureAwait(false);
            }
            catch (CseException failure) when (failure.ErrorId is ErrorId.NoSuchKey or ErrorId.S3AccessDenied)
            {
                // S3 hides an object's absence from who may not list.
                absence = failure;
            }
        }

        return ContentMetadataCodec.Decode(objectValues, instructionValues) ?? throw NotEncrypted(remote.Address, absence);
    }

    /// <summary>The envelope of an object that may have none.</summary>
    /// <inheritdoc cref="FindAsync" path="/param"/>
    /// <exception cref="CseException">The envelope is not as it must be.</exception>
    public async Task<ContentMetadata?> TryFindAsync(RemoteObject remote, CancellationToken cancellationToken)
    {
        try
        {
            return await FindAsync(remote, cancellationToken).ConfigureAwait(false);
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.NotEncrypted)
        {
            return null;
        }
    }

    private static CseException NotEncrypted(ObjectAddress address, CseException? absence = null) => new(
        ErrorId.NotEncrypted,
        $"The object {address} is not encrypted in the client, or has lost its envelope: it carries none{Absence(absence)}. Copies lose it with " +
        "all other metadata where a tool copies in parts and does not give the metadata again; the bytes can be read once it is put back.",
        absence);

    private static string Absence(CseException? absence) => absence?.ErrorId switch
    {
        null => "",
        ErrorId.NoSuchKey => ", and there is no instruction file (404)",
        _ => ", and its instruction file, if there is one, cannot be read (403)",
    };

    private async Task<IReadOnlyDictionary<string, string>> ReadAsync(ObjectAddress address, CancellationToken cancellationToken)
    {
        // The newest version: those of the two objects do not correspond.
        var fileAddress = address with { Key = InstructionFile.KeyOf(address.Key, suffix), VersionId = null };
        var file = await RemoteObject.FindAsync(scheduler, fileAddress, cancellationToken).ConfigureAwait(false);
        if (file.Head.Size > InstructionFile.MaxSize)
        {
            throw new CseException(ErrorId.EnvelopeInvalid, $"The object {fileAddress} is too long for an instruction file.");
        }

        // Not out of the memory budget, since the object that it belongs to holds a part of that and waits.
        var body = new byte[file.Head.Size];
        await file.ReadAsync(0, body, cancellationToken).ConfigureAwait(false);
        return InstructionFile.Decode(body);
    }
}
