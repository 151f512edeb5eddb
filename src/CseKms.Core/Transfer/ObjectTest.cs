using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>A test of one object, which makes what is wrong with the object a finding, and lets all other failures through. Serves once.</summary>
internal abstract class ObjectTest(
    TransferScheduler scheduler, CryptographicMaterialsManager materialsManager, DownloadRequest request, CancellationToken cancellationToken)
{
    /// <summary>Sends the requests.</summary>
    protected TransferScheduler Scheduler => scheduler;

    /// <summary>The object.</summary>
    protected DownloadRequest Request => request;

    /// <summary>Ends the test.</summary>
    protected CancellationToken Stop => cancellationToken;

    /// <summary>The stored object, as soon as it has answered.</summary>
    protected RemoteObject? Remote { get; set; }

    /// <summary>Its envelope, as soon as it was found.</summary>
    protected ContentMetadata? Envelope { get; set; }

    /// <summary>Name of its content algorithm suite, as soon as its data key was unwrapped.</summary>
    protected string? Algorithm { get; set; }

    /// <summary>ARN of the KMS key that unwrapped its data key.</summary>
    protected string? KmsKeyId { get; set; }

    /// <summary>Whether nothing told that its data key is the right one.</summary>
    protected bool KeyIsUncertain { get; set; }

    /// <summary>Whether the stored tag is that of the local content.</summary>
    protected bool? TagMatches { get; set; }

    /// <summary>Whether the content is the local content.</summary>
    protected bool? ContentMatches { get; set; }

    /// <exception cref="CseException">The object could not be tested.</exception>
    public async Task<ObjectFinding> RunAsync()
    {
        CseException? failure = null;
        try
        {
            await ExamineAsync().ConfigureAwait(false);
        }
        catch (CseException e) when (e.ErrorId.IsFinding())
        {
            failure = e;
        }

        return new ObjectFinding
        {
            Failure = failure,
            IsAuthenticated = Envelope?.Suite.IsAuthenticated,
            KeyIsUncertain = KeyIsUncertain,
            TagMatches = TagMatches,
            ContentMatches = ContentMatches,
            BytesRead = Remote is null ? 0 : Math.Min(Remote.BytesRead, Remote.Head.Size),
            Size = Remote?.Head.Size,
            ETag = Remote?.Head.ETag,
            VersionId = Remote?.Head.VersionId,
            Format = Envelope is null ? null : $"V{Envelope.FormatVersion}",
            Algorithm = Algorithm ?? Envelope?.Suite.Name,
            KmsKeyId = KmsKeyId,
        };
    }

    /// <summary>Looks at the object.</summary>
    protected abstract Task ExamineAsync();

    /// <summary>Finds the envelope of the object.</summary>
    protected async Task<ContentMetadata> FindEnvelopeAsync(RemoteObject remote)
    {
        Remote = remote;
        Envelope = await OldVersionEnvelope.FindAsync(
            scheduler, materialsManager, new EnvelopeFinder(scheduler, request.InstructionFileSuffix), remote, cancellationToken).ConfigureAwait(false);
        if (Envelope.Suite.IsAuthenticated)
        {
            _ = PlaintextLength.Of(remote.Head.Size);
        }

        return Envelope;
    }

    /// <summary>Unwraps its data key. The caller disposes it.</summary>
    protected async Task<OpenedObject> OpenAsync(RemoteObject remote, ContentMetadata envelope)
    {
        var opened = await OpenedObject.OpenAsync(materialsManager, remote, remote.Address, envelope, cancellationToken).ConfigureAwait(false);
        (Algorithm, KmsKeyId) = (opened.Algorithm, opened.KmsKeyId);
        return opened;
    }
}
