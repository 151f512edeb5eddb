using System.Collections.Concurrent;
using CseKms.Core.Aws;

namespace CseKms.Core.Transfer;

/// <summary>
/// Copies one object inside S3, onto its own key or another, with an envelope and attributes that are given anew: no byte of the body
/// passes through here. The copy is made of the very state that was read, only where nobody changed the target meanwhile, and is looked at
/// afterwards. Serves once.
/// </summary>
/// <param name="scheduler">Sends the requests.</param>
/// <param name="source">The object.</param>
/// <param name="target">Where the copy goes; its version is not used.</param>
/// <param name="metadata">All user metadata of the copy, the envelope's included.</param>
/// <param name="attributes">What else stands beside it.</param>
/// <param name="condition">What must hold of what is there.</param>
/// <param name="observer">Is told of an upload that could not be dropped.</param>
/// <param name="cancellationToken">Cancels the requests.</param>
internal sealed class ObjectCopy(
    TransferScheduler scheduler,
    RemoteObject source,
    ObjectAddress target,
    IReadOnlyDictionary<string, string> metadata,
    ObjectAttributes attributes,
    WriteCondition condition,
    ITransferObserver observer,
    CancellationToken cancellationToken)
{
    /// <summary>The longest object that S3 copies by one request, in bytes.</summary>
    public const long LongestWhole = 5L << 30;

    // Enough for the longest message in a few dozen requests, each of which S3 answers within seconds.
    private const long PartLength = 1L << 30;

    private readonly CopySource _source = new(
        source.ExactAddress,
        EntityTag.IsWeak(source.Head.ETag) ? null : source.Head.ETag,
        source.Head.VersionId is null ? source.Head.LastModified : null);

    /// <summary>Whether nothing that was at the target before has that envelope, so that it tells this copy from an earlier one.</summary>
    public bool IsNewEnvelope { get; init; } = true;

    /// <summary>Copies the object, and looks at the copy.</summary>
    /// <exception cref="CseException">
    /// The target is as it was, or <see cref="ErrorId.EnvelopeNotStored"/> or <see cref="ErrorId.CopyNotConfirmed"/>.
    /// </exception>
    public async Task<StoredObject> RunAsync()
    {
        var stored = await StoreAsync().ConfigureAwait(false);
        await ConfirmAsync(stored).ConfigureAwait(false);
        return stored;
    }

    /// <summary>Copies the object.</summary>
    /// <exception cref="CseException">The target is as it was.</exception>
    public async Task<StoredObject> StoreAsync()
    {
        try
        {
            return source.Head.Size > LongestWhole ? await CopyPartsAsync().ConfigureAwait(false)
                : IsNewEnvelope ? await new StoreRequest(scheduler, target, metadata, source.Head.Size, crc32: null, cancellationToken)
                    .SendAsync(CopyAsync).ConfigureAwait(false)

                // An earlier copy has the same envelope, and must not be taken for this one.
                : await scheduler.RequestAsync(CopyAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.ObjectChanged && condition == WriteCondition.Absent)
        {
            // A 412 does not say which of the conditions does not hold.
            throw await RemoteObject.ExistsAsync(scheduler, target, cancellationToken).ConfigureAwait(false)
                ? new CseException(ErrorId.AlreadyExists, $"The object {target} exists already, so nothing was stored.", failure)
                : failure;
        }
    }

    private Task<StoredObject> CopyAsync(S3Gateway s3) => s3.CopyAsync(_source, target, attributes, metadata, condition, cancellationToken);

    private Task<StoredObject> CopyPartsAsync() =>
        new StoreInParts(scheduler, target, attributes, metadata, condition, observer, cancellationToken).RunAsync(async uploadId =>
        {
            var parts = new ConcurrentBag<UploadedPart>();
            await TaskGroup.RunAsync(
                group =>
                {
                    for (var (number, first) = (1, 0L); first < source.Head.Size; number++, first += PartLength)
                    {
                        var (part, from, last) = (number, first, Math.Min(first + PartLength, source.Head.Size) - 1);
                        group.Start(async () => parts.Add(await scheduler.RequestAsync(
                            s3 => s3.UploadPartCopyAsync(_source, target, uploadId, part, from, last, group.Token), group.Token).ConfigureAwait(false)));
                    }

                    return Task.CompletedTask;
                },
                cancellationToken).ConfigureAwait(false);
            return (parts, source.Head.Size);
        });

    /// <summary>Looks at a copy that S3 says it made: some stores copy and ignore what they were asked for.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.EnvelopeNotStored"/>, <see cref="ErrorId.CopyNotConfirmed"/>.</exception>
    public async Task ConfirmAsync(StoredObject stored)
    {
        ObjectHead head;
        try
        {
            head = await scheduler.RequestAsync(
                s3 => s3.HeadAsync(target with { VersionId = stored.VersionId }, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (CseException failure)
        {
            throw new CseException(
                ErrorId.CopyNotConfirmed,
                $"S3 says that it copied {source.Address} to {target}, and what is there could not be looked at. {failure.Message}",
                failure)
            {
                Operation = failure.Operation,
                RequestId = failure.RequestId,
                StatusCode = failure.StatusCode,
            };
        }

        if (head.Size != source.Head.Size || !StoreRequest.ShowsEnvelope(head, metadata))
        {
            throw new CseException(
                ErrorId.EnvelopeNotStored,
                $"S3 says that it copied {source.Address} to {target}, and what is there does not carry the envelope that was given: the store " +
                "keeps no metadata when it copies, or somebody else wrote to it at the same time.");
        }
    }
}
