using CseKms.Core.Content;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>Whether an object decrypts, by reading all of it; and whether it is the content of a file, where one is given.</summary>
internal sealed class BodyTest(
    TransferScheduler scheduler,
    CryptographicMaterialsManager materialsManager,
    DownloadRequest request,
    ComparingSink? file,
    ITransferObserver observer,
    CancellationToken cancellationToken)
    : ObjectTest(scheduler, materialsManager, request, cancellationToken)
{
    private readonly CryptographicMaterialsManager _materialsManager = materialsManager;

    /// <inheritdoc/>
    protected override async Task ExamineAsync()
    {
        using var nothing = new NullSink();
        var download = new Download(Scheduler, _materialsManager, Request, (IPlaintextSink?)file ?? nothing, observer, Stop);
        try
        {
            var received = await download.RunAsync().ConfigureAwait(false);
            (Algorithm, KmsKeyId) = (received.Algorithm, received.KmsKeyId);
            ContentMatches = file?.Matches;
            TagMatches = received.IsAuthenticated ? ContentMatches : null;
        }
        finally
        {
            (Remote, Envelope) = (download.Remote, download.Envelope);
        }
    }
}
