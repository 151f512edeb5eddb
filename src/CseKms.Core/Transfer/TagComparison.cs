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
        using var check = new TagCheck(opened.Cipher);
        TagMatches = await ReadAsync(content, check).ConfigureAwait(false) == length && check.Matches(length, tag);
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

    // Returns how many bytes there were.
    private async Task<long> ReadAsync(UploadContent content, TagCheck check)
    {
        var reader = new PartReader(content);
        var partLength = (int)Math.Min(content.Length ?? Part.Size, Part.Size);
        await TaskGroup.RunAsync(
            async group =>
            {
                for (var isLast = false; !isLast;)
                {
                    var buffer = await Scheduler.RentAsync(partLength + AlgorithmSuite.TagLength, group.Token).ConfigureAwait(false);
                    var part = await reader.ReadAsync(buffer, group.Token).ConfigureAwait(false);
                    isLast = part.IsLast;
                    group.Start(() => TakeAsync(part, check));
                    if (partLength < Part.Size)
                    {
                        // One part was all of it, and a file that has grown since is not read on.
                        content.EnsureUnchanged();
                    }
                }
            },
            Stop).ConfigureAwait(false);
        content.EnsureUnchanged();
        return reader.Length;
    }

    private Task TakeAsync(Part part, TagCheck check)
    {
        using (part)
        {
            check.Take(part);
            observer.Transferred(part.ContentLength);
        }

        return Task.CompletedTask;
    }
}
