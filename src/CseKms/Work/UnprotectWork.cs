using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Verifies and decrypts a file.</summary>
/// <param name="request">The ciphertext, its envelope, and where the plaintext goes.</param>
/// <param name="displayPaths">Ciphertext and plaintext, as a user at the current location would name them.</param>
internal sealed class UnprotectWork(UnprotectRequest request, (string From, string To) displayPaths) : FileWork(request.CiphertextPath)
{
    /// <inheritdoc/>
    public override async Task<WorkResult> RunAsync(FileEncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        var result = await client.UnprotectAsync(request, progress, cancellationToken).ConfigureAwait(false);
        return new(new CseUnprotectedFile(request.Plaintext.Path, request.CiphertextPath, result) { DisplayPaths = displayPaths })
        {
            IsAuthenticated = result.IsAuthenticated,
        };
    }
}
