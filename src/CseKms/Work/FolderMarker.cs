using CseKms.Core.Session;
using CseKms.Core.Transfer;
using CseKms.Errors;

namespace CseKms.Work;

/// <summary>
/// An object that may stand for a folder: an empty one, encrypted or not, that is named like one. With content it is an object like any other, and where its key names no file that is an error.
/// </summary>
/// <param name="request">The object.</param>
internal sealed class FolderMarker(DownloadRequest request) : ObjectWork(request.Address)
{
    /// <summary>How a user names the file of one object.</summary>
    public string FileParameter { get; init; } = "-File";

    /// <summary>What is said of one.</summary>
    public static WorkResult PassedOver(DownloadRequest request) =>
        new(Output: null) { Verbose = $"{request.Address} is an empty folder marker and was passed over." };

    /// <summary>Whether an object of such a key is empty.</summary>
    public static async Task<bool> IsOneAsync(S3EncryptionClient client, DownloadRequest request, CancellationToken cancellationToken)
    {
        if (request.SizeHint == 0)
        {
            return true;
        }

        var found = await client.DescribeAsync(request.Address, request.InstructionFileSuffix, cancellationToken).ConfigureAwait(false);
        return found.Envelope is { } envelope ? envelope.PlaintextSize == 0 : found.Size == 0;
    }

    /// <inheritdoc/>
    public override async Task<WorkResult> RunAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken) =>
        await IsOneAsync(client, request, cancellationToken).ConfigureAwait(false)
            ? PassedOver(request)
            : new(Output: null) { Error = ErrorRecords.KeyNotMappable(Address, "ends in a slash, and it has content", FileParameter) };
}
