using CseKms.Core;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Makes a file and an object the same, unless they are.</summary>
/// <param name="request">The object.</param>
/// <param name="pair">What there is of both.</param>
/// <param name="path">The absolute path of the file.</param>
internal abstract class SyncWork(DownloadRequest request, SyncPair pair, string path) : ObjectWork(request.Address)
{
    /// <summary>The absolute path of the folder, below which no link is followed.</summary>
    public required string Folder { get; init; }

    /// <summary>The file as a user at the current location would name it.</summary>
    public required string DisplayPath { get; init; }

    /// <summary>How both are compared.</summary>
    public SyncComparison Compare { get; init; }

    /// <summary>Whether an archived object is passed over.</summary>
    public bool SkipArchived { get; init; }

    /// <summary>Asks the user, on the pipeline thread, whether a target is to be changed by an action.</summary>
    public required Func<string, string, Task<bool>> Approves { get; init; }

    protected DownloadRequest Request => request;

    protected SyncPair Pair => pair;

    protected string Path => path;

    /// <inheritdoc/>
    public override string? FilePath => path;

    /// <inheritdoc/>
    public sealed override async Task<WorkResult> RunAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        try
        {
            if (await PassOverAsync(client, cancellationToken).ConfigureAwait(false) is { } passedOver)
            {
                return passedOver;
            }

            if (await CompareAsync(client, progress, cancellationToken).ConfigureAwait(false))
            {
                return new(new CseSyncedObject(SyncAction.Unchanged, Path, Address) { DisplayPath = DisplayPath });
            }

            return await TransferAsync(client, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.ObjectArchived && SkipArchived)
        {
            return new(Output: null) { Verbose = $"{Address} is archived and was passed over." };
        }
    }

    /// <summary>What is said where nothing is to be done for another reason than that both are the same.</summary>
    protected abstract Task<WorkResult?> PassOverAsync(S3EncryptionClient client, CancellationToken cancellationToken);

    /// <summary>Whether what is wrong with the object is mended by what is transferred.</summary>
    protected abstract bool Mends(FileComparison comparison);

    /// <summary>Asks for approval, and transfers.</summary>
    protected abstract Task<WorkResult> TransferAsync(S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken);

    // By size and time both were compared already, and found to differ.
    private async Task<bool> CompareAsync(S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        if (pair.Stored is null || pair.File is not { Kind: WalkedKind.File } file || Compare == SyncComparison.SizeAndTime)
        {
            return false;
        }

        var comparison = await client.CompareFileAsync(
            request, path, file.Length, Folder, Compare == SyncComparison.Full, progress, cancellationToken).ConfigureAwait(false);
        return comparison.Failure is null || Mends(comparison) ? comparison.IsSame : throw comparison.Failure;
    }
}
