using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Receives an object, verifies and decrypts it.</summary>
/// <param name="request">The object.</param>
internal abstract class DownloadWork(DownloadRequest request) : ObjectWork(request.Address)
{
    /// <summary>Whether the object came along with others, as what is below a folder does.</summary>
    public bool IsListed { get; init; }

    /// <summary>Whether an archived object is passed over.</summary>
    public bool SkipArchived { get; init; }

    /// <summary>The object.</summary>
    protected DownloadRequest Request { get; } = request;

    /// <inheritdoc/>
    public sealed override async Task<WorkResult> RunAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        try
        {
            if (IsListed && Address.IsNamedLikeFolder && await FolderMarker.IsOneAsync(client, Request, cancellationToken).ConfigureAwait(false))
            {
                return FolderMarker.PassedOver(Request);
            }

            return await ReceiveAsync(client, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.ObjectArchived && SkipArchived)
        {
            return new(Output: null) { Verbose = $"{Address} is archived and was passed over." };
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.NotEncrypted && IsListed)
        {
            if (await InstructionFiles.PassOverAsync(client, Address, Request.InstructionFileSuffix, cancellationToken).ConfigureAwait(false) is { } passedOver)
            {
                return passedOver;
            }

            throw;
        }
    }

    /// <summary>Receives it.</summary>
    protected abstract Task<WorkResult> ReceiveAsync(S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken);
}
