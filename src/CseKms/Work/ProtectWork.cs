using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Encrypts a file.</summary>
/// <param name="path">The file, absolute.</param>
/// <param name="request">Where ciphertext and envelope go.</param>
/// <param name="displayPaths">The file and its ciphertext, as a user at the current location would name them.</param>
internal sealed class ProtectWork(string path, ProtectRequest request, (string From, string To) displayPaths) : FileWork(path)
{
    /// <inheritdoc/>
    public override async Task<WorkResult> RunAsync(FileEncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        var result = await client.ProtectAsync(request, progress, cancellationToken).ConfigureAwait(false);
        return new(new CseProtectedFile(request.Ciphertext.Path, request.Envelope.Path, Path, result) { DisplayPaths = displayPaths });
    }
}
