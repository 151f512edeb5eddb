using CseKms.Core.Algorithms;
using CseKms.Core.Content;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>
/// Whether local content was sent under an object's envelope: its tag under the object's data key and IV is the one that the object ends
/// in. The last 16 bytes are read, and the envelope comes with them; whether the body is intact is not looked at.
/// </summary>
internal sealed class TagComparison(
    TransferScheduler scheduler,
    CryptographicMaterialsManager materialsManager,
    DownloadRequest request,
    UploadSource source,
    ITransferObserver observer,
    CancellationToken cancellationToken)
    : ObjectTest(scheduler, materialsManager, request, cancellationToken)
{
    /// <inheritdoc/>
    protected override async Task ExamineAsync()
    {
        using var content = source.Open();
        var tag = new byte[AlgorithmSuite.TagLength];
        var remote = await ReadTagAsync(tag).ConfigureAwait(false);
        var envelope = await FindEnvelopeAsync(remote).ConfigureAwait(false);
        if (!envelope.Suite.IsAuthenticated)
        {
            return;
        }

        var length = PlaintextLength.Of(remote.Head.Size);
        if ((content.Length ?? length) != length)
        {
            // Not even KMS need be asked.
            TagMatches = false;
            return;
        }

        using var opened = await OpenAsync(remote, envelope).ConfigureAwait(false);
        observer.LengthKnown(length);
        TagMatches = await CompareAsync(content, length, opened.Cipher, tag).ConfigureAwait(false);
    }

    // S3 has no range of an empty object to give, and tells nothing else of it then.
    private async Task<RemoteObject> ReadTagAsync(byte[] tag)
    {
        var remote = await RemoteObject.ReadLastAsync(Scheduler, Request.Address, tag, Stop).ConfigureAwait(false);
        if (remote is null)
        {
            remote = await RemoteObject.FindAsync(Scheduler, Request.Address, Stop).ConfigureAwait(false);
            return remote.Head.Size == 0 ? remote : throw remote.Changed();
        }

        return remote;
    }

    private async Task<bool> CompareAsync(UploadContent content, long length, ContentCipher cipher, byte[] tag)
    {
        var reader = new PartReader(content);
        var buffer = await Scheduler.RentAsync((int)Math.Min(length, Part.Size) + AlgorithmSuite.TagLength, Stop).ConfigureAwait(false);
        using var first = await reader.ReadAsync(buffer, Stop).ConfigureAwait(false);
        if (length <= Part.Size)
        {
            content.EnsureUnchanged();
            observer.Transferred(first.ContentLength);
            return first.IsLast && first.ContentLength == length && TagCheck.Matches(cipher, first, tag);
        }

        using var check = new TagCheck(cipher);
        await TakeAllAsync(reader, first, check).ConfigureAwait(false);
        content.EnsureUnchanged();
        return reader.Length == length && check.Matches(length, tag);
    }

    // No more parts at once than there are cores to work on them, and one that is read meanwhile: the rest of the memory is other objects'.
    private async Task TakeAllAsync(PartReader reader, Part first, TagCheck check)
    {
        using var places = new SemaphoreSlim(Environment.ProcessorCount + 1);
        await TaskGroup.RunAsync(
            async group =>
            {
                await places.WaitAsync(group.Token).ConfigureAwait(false);
                for (var part = first; part is not null; part = part.IsLast ? null : await ReadAsync().ConfigureAwait(false))
                {
                    var next = part;
                    group.Start(() => TakeAsync(next));
                }

                async ValueTask<Part> ReadAsync()
                {
                    await places.WaitAsync(group.Token).ConfigureAwait(false);
                    var buffer = await Scheduler.RentAsync(Part.BufferSize, group.Token).ConfigureAwait(false);
                    return await reader.ReadAsync(buffer, group.Token).ConfigureAwait(false);
                }
            },
            Stop).ConfigureAwait(false);

        Task TakeAsync(Part part)
        {
            using (part)
            {
                check.Take(part);
                observer.Transferred(part.ContentLength);
            }

            places.Release();
            return Task.CompletedTask;
        }
    }
}
