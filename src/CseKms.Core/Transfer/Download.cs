using CseKms.Core.Algorithms;
using CseKms.Core.Content;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>
/// Fetches, verifies and decrypts one object. The first answer tells size and envelope, and all of a small object; what nothing
/// authenticates is received only when it was asked for. Serves once.
/// </summary>
internal sealed class Download(
    TransferScheduler scheduler,
    CryptographicMaterialsManager materialsManager,
    DownloadRequest request,
    IPlaintextSink sink,
    ITransferObserver observer,
    CancellationToken cancellationToken)
{
    private const int TagLength = AlgorithmSuite.TagLength;

    private readonly EnvelopeFinder _envelopes = new(scheduler, request.InstructionFileSuffix);

    // Of an old version with an instruction file, once it is known which file is its own.
    private ContentMetadata? _proved;

    /// <summary>The stored object, as soon as it has answered.</summary>
    public RemoteObject? Remote { get; private set; }

    /// <summary>Its envelope, as soon as it was found.</summary>
    public ContentMetadata? Envelope { get; private set; }

    /// <exception cref="CseException">The sink was not committed.</exception>
    public Task<TransferResult> RunAsync() => request.Range is { } range ? ReceiveRangeAsync(range) : ReceiveWholeAsync();

    private async Task<TransferResult> ReceiveRangeAsync(PlaintextRange range)
    {
        var remote = await RemoteObject.FindAsync(scheduler, request.Address, cancellationToken).ConfigureAwait(false);
        sink.Describe(remote.Head.Metadata);
        var metadata = await OldVersionEnvelope.FindAsync(scheduler, materialsManager, _envelopes, remote, cancellationToken).ConfigureAwait(false);
        if (!metadata.Suite.IsAuthenticated)
        {
            throw new CseException(
                ErrorId.RangeNotSupported, $"The object {remote.Address} is encrypted with {metadata.Suite.Name}, of which no ranges are read.");
        }

        var size = PlaintextLength.Of(remote.Head.Size);
        if (range.First >= size)
        {
            throw new CseException(
                ErrorId.RangeOutsideObject, $"The object {remote.Address} has {size:N0} bytes, and the range begins at {range.First:N0}.");
        }

        var wanted = Math.Min(range.Last ?? long.MaxValue, size - 1) + 1 - range.First;
        if (!sink.HasRoom(wanted))
        {
            await sink.MakeRoomAsync(wanted).ConfigureAwait(false);
        }

        using var opened = await OpenedObject.OpenAsync(materialsManager, remote, remote.Address, metadata, cancellationToken).ConfigureAwait(false);
        return await new RangeDownload(scheduler, opened, range, sink, observer, cancellationToken).RunAsync().ConfigureAwait(false);
    }

    private async Task<TransferResult> ReceiveWholeAsync()
    {
        while (true)
        {
            var (result, missing) = await TryReceiveAsync().ConfigureAwait(false);
            if (result is not null)
            {
                return result;
            }

            if (missing > 0)
            {
                await sink.MakeRoomAsync(missing).ConfigureAwait(false);
            }
        }
    }

    // No result where the sink has no room for that many bytes, or where the envelope must be found out of several; what was read is given
    // up then, since others may wait for its memory.
    private async Task<(TransferResult? Result, long Missing)> TryReceiveAsync()
    {
        var wanted = (int)Math.Clamp(request.SizeHint ?? long.MaxValue, TagLength, Part.BufferSize);
        using var first = await scheduler.RentAsync(wanted, cancellationToken).ConfigureAwait(false);
        if (await RemoteObject.ReadFirstAsync(scheduler, request.Address, wanted, first, cancellationToken).ConfigureAwait(false) is not var (remote, firstLength))
        {
            throw await WithoutBodyAsync().ConfigureAwait(false);
        }

        Remote = remote;
        sink.Describe(remote.Head.Metadata);
        var files = _proved is null ? await _envelopes.FilesAsync(remote, cancellationToken).ConfigureAwait(false) : [];
        if (OldVersionEnvelope.IsOld(files))
        {
            first.Dispose();
            _proved = await ProvedAsync(remote, files).ConfigureAwait(false);
            return (null, 0);
        }

        var metadata = Envelope = _proved ?? await ReadEnvelopeAsync(remote, files, first, firstLength).ConfigureAwait(false);
        var plaintextLength = metadata.Suite.IsAuthenticated ? PlaintextLength.Of(remote.Head.Size) : remote.Head.Size;
        if (!sink.HasRoom(plaintextLength))
        {
            return (null, plaintextLength);
        }

        var content = new ContentDownload(scheduler, materialsManager, sink, observer, cancellationToken);
        return (await content.RunAsync(remote, remote.Address, metadata, first, firstLength).ConfigureAwait(false), 0);
    }

    // S3 has no range of an empty object to give, and tells nothing else of it then.
    private async Task<CseException> WithoutBodyAsync()
    {
        var remote = await RemoteObject.FindAsync(scheduler, request.Address, cancellationToken).ConfigureAwait(false);
        if (remote.Head.Size > 0)
        {
            return remote.Changed();
        }

        Remote = remote;
        Envelope = await _envelopes.FindAsync(remote, cancellationToken).ConfigureAwait(false);
        return PlaintextLength.BodyMissing();
    }

    private Task<ContentMetadata> ProvedAsync(RemoteObject remote, IReadOnlyList<ObjectAddress> files) =>
        new OldVersionEnvelope(scheduler, materialsManager, _envelopes, remote, files).FindAsync(cancellationToken);

    private Task<ContentMetadata> ReadEnvelopeAsync(RemoteObject remote, IReadOnlyList<ObjectAddress> files) =>
        _envelopes.ReadAsync(remote, files.Count > 0 ? files[0] : null, cancellationToken);

    private async Task<ContentMetadata> ReadEnvelopeAsync(
        RemoteObject remote, IReadOnlyList<ObjectAddress> files, TransferBuffer first, int firstLength)
    {
        try
        {
            return await ReadEnvelopeAsync(remote, files).ConfigureAwait(false);
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.NotEncrypted && EncryptionSdkMessage.IsOne(first.Bytes.AsSpan(0, firstLength)))
        {
            throw new CseException(
                ErrorId.NotEncrypted,
                $"The object {remote.Address} begins as a message of the AWS Encryption SDK does. That is another format, with its envelope in front " +
                "of the content, and not the one of the Amazon S3 Encryption Client, which is read here.",
                failure);
        }
    }
}
