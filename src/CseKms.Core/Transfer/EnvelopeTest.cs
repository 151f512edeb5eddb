using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>Whether an object's envelope is whole and its data key can be had, and is the one that it commits to. Nothing of the body is read.</summary>
internal sealed class EnvelopeTest(
    TransferScheduler scheduler, CryptographicMaterialsManager materialsManager, DownloadRequest request, CancellationToken cancellationToken)
    : ObjectTest(scheduler, materialsManager, request, cancellationToken)
{
    /// <inheritdoc/>
    protected override async Task ExamineAsync()
    {
        var remote = await RemoteObject.FindAsync(Scheduler, Request.Address, Stop).ConfigureAwait(false);
        var envelope = await FindEnvelopeAsync(remote).ConfigureAwait(false);
        using var opened = await OpenAsync(remote, envelope).ConfigureAwait(false);
        KeyIsUncertain = !envelope.Wrapping.ProvesKey;
    }
}
