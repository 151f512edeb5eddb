using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Session;

/// <summary>
/// A keyring of KMS that is opened, which may mean to sign in, when the first data key is needed. All who need one meanwhile wait for one
/// opening and are told its failure alike; whoever comes later tries again. Thread-safe.
/// </summary>
/// <param name="open">Opens the keyring.</param>
internal sealed class LazyKmsKeyring(Func<CancellationToken, Task<IKeyring>> open) : IKeyring
{
    private readonly object _gate = new();
    private Task<IKeyring>? _opening;

    /// <inheritdoc/>
    public WrappingAlgorithm Wrapping => WrappingAlgorithm.KmsContext;

    /// <inheritdoc/>
    public int WrappedLength => KmsDataKey.UsualWrappedLength;

    /// <inheritdoc/>
    public async Task<EncryptionMaterials> OnEncryptAsync(
        AlgorithmSuite suite, IReadOnlyDictionary<string, string> pairs, CancellationToken cancellationToken)
    {
        var keyring = await OpenAsync(cancellationToken).ConfigureAwait(false);
        return await keyring.OnEncryptAsync(suite, pairs, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<DecryptionMaterials> OnDecryptAsync(
        AlgorithmSuite suite, EncryptedDataKey encryptedDataKey, CancellationToken cancellationToken)
    {
        var keyring = await OpenAsync(cancellationToken).ConfigureAwait(false);
        return await keyring.OnDecryptAsync(suite, encryptedDataKey, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IKeyring> OpenAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<IKeyring> opening;
            bool isMine;
            lock (_gate)
            {
                isMine = _opening is null || _opening.IsFaulted || _opening.IsCanceled;
                opening = isMine ? _opening = Task.Run(() => open(cancellationToken), CancellationToken.None) : _opening!;
            }

            try
            {
                // Whoever opens waits for the end of it, so that nothing runs on when the call has ended.
                return await (isMine ? opening : opening.WaitAsync(cancellationToken)).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!isMine && !cancellationToken.IsCancellationRequested)
            {
                // It was the opener who was cancelled.
            }
        }
    }
}
