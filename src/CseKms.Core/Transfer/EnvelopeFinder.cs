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
    public async Task<ContentMetadata> FindAsync(RemoteObject remote, CancellationToken cancellationToken) =>
        (await FindStoredAsync(remote, cancellationToken).ConfigureAwait(false)).Metadata;

    /// <summary>The envelope of an object that must have one, and where it is stored.</summary>
    /// <inheritdoc cref="FindAsync" path="/param"/>
    /// <inheritdoc cref="FindAsync" path="/exception"/>
    public async Task<StoredEnvelope> FindStoredAsync(RemoteObject remote, CancellationToken cancellationToken)
    {
        var files = await FilesAsync(remote, cancellationToken).ConfigureAwait(false);
        return await ReadStoredAsync(remote, files.Count > 0 ? files[0] : null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The instruction files that an object's envelope may stand in, the likeliest first: none when it stands on the object, and more than
    /// one or one with a version only for an old version of an object.
    /// </summary>
    /// <param name="remote">The object.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    public async Task<IReadOnlyList<ObjectAddress>> FilesAsync(RemoteObject remote, CancellationToken cancellationToken) =>
        !ContentMetadataCodec.NeedsInstructionFile(remote.Head.Metadata) ? []
        : await IsOldVersionAsync(remote, cancellationToken).ConfigureAwait(false)
            ? await new InstructionFileVersions(scheduler, suffix).FindAsync(remote, cancellationToken).ConfigureAwait(false)
            : [remote.Address with { Key = InstructionFile.KeyOf(remote.Address.Key, suffix), VersionId = null }];

    /// <summary>The envelope of an object, of which a part may stand in a file.</summary>
    /// <inheritdoc cref="FindAsync" path="/exception"/>
    public async Task<ContentMetadata> ReadAsync(RemoteObject remote, ObjectAddress? file, CancellationToken cancellationToken) =>
        (await ReadStoredAsync(remote, file, cancellationToken).ConfigureAwait(false)).Metadata;

    /// <summary>The envelope of an object, of which a part may stand in a file, and that file.</summary>
    /// <inheritdoc cref="FindAsync" path="/exception"/>
    public async Task<StoredEnvelope> ReadStoredAsync(RemoteObject remote, ObjectAddress? file, CancellationToken cancellationToken)
    {
        var objectValues = remote.Head.Metadata;
        StoredInstructions? instructions = null;
        CseException? absence = null;
        if (file is not null)
        {
            try
            {
                instructions = await ReadFileAsync(file, cancellationToken).ConfigureAwait(false);
            }
            catch (CseException failure) when (failure.ErrorId is ErrorId.NoSuchKey or ErrorId.S3AccessDenied)
            {
                // S3 hides an object's absence from who may not list.
                absence = failure;
            }
        }

        return ContentMetadataCodec.Decode(objectValues, instructions?.Values) is { } metadata ? new StoredEnvelope(metadata, instructions)
            : throw NotEncrypted(remote.Address, absence);
    }

    /// <summary>The envelope of an object, of which a part stands in a file, and that file; <see langword="null"/> where they do not go together.</summary>
    public async Task<StoredEnvelope?> TryReadStoredAsync(RemoteObject remote, ObjectAddress file, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadStoredAsync(remote, file, cancellationToken).ConfigureAwait(false);
        }
        catch (CseException failure) when (failure.ErrorId is ErrorId.EnvelopeInvalid or ErrorId.EnvelopeMixed or ErrorId.UnsupportedFormat or ErrorId.NotEncrypted)
        {
            return null;
        }
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
        "all other metadata where a tool copies in parts and does not give the metadata again; the bytes can be read once it is put back, from the copy's source, an older version or a receipt.",
        absence);

    private static string Absence(CseException? absence) => absence?.ErrorId switch
    {
        null => "",
        ErrorId.NoSuchKey => ", and there is no instruction file (404)",
        _ => ", and its instruction file, if there is one, cannot be read (403)",
    };

    // An old version goes with an old file; but it costs less to ask than to look through the versions.
    private async Task<bool> IsOldVersionAsync(RemoteObject remote, CancellationToken cancellationToken)
    {
        if (remote.Address.VersionId is null)
        {
            return false;
        }

        try
        {
            var newest = await RemoteObject.FindAsync(scheduler, remote.Address with { VersionId = null }, cancellationToken).ConfigureAwait(false);
            return newest.Head.VersionId != remote.Head.VersionId;
        }
        catch (CseException failure) when (failure.ErrorId is ErrorId.NoSuchKey or ErrorId.DeleteMarker or ErrorId.S3AccessDenied)
        {
            return true;
        }
    }

    private async Task<StoredInstructions> ReadFileAsync(ObjectAddress fileAddress, CancellationToken cancellationToken)
    {
        var file = await RemoteObject.FindAsync(scheduler, fileAddress, cancellationToken).ConfigureAwait(false);
        if (file.Head.Size > InstructionFile.MaxSize)
        {
            throw new CseException(ErrorId.EnvelopeInvalid, $"The object {fileAddress} is too long for an instruction file.");
        }

        // Not out of the memory budget, since the object that it belongs to holds a part of that and waits.
        var body = new byte[file.Head.Size];
        await file.ReadAsync(0, body, cancellationToken).ConfigureAwait(false);
        return new StoredInstructions(file, InstructionFile.Decode(body));
    }
}

/// <summary>An envelope and where it is stored.</summary>
/// <param name="Metadata">The envelope.</param>
/// <param name="Instructions">The instruction file that holds it, or a part of it; <see langword="null"/> when all of it is on the object.</param>
internal sealed record StoredEnvelope(ContentMetadata Metadata, StoredInstructions? Instructions);

/// <summary>An instruction file.</summary>
/// <param name="File">The object that it is.</param>
/// <param name="Values">What it holds.</param>
internal sealed record StoredInstructions(RemoteObject File, IReadOnlyDictionary<string, string> Values);
