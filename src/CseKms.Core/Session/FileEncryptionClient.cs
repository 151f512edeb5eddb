using CseKms.Core.Aws.Http;
using CseKms.Core.Content;
using CseKms.Core.Materials;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;

namespace CseKms.Core.Session;

/// <summary>Encrypts and decrypts files for one call of a cmdlet, without S3. Thread-safe; every failure is a <see cref="CseException"/>.</summary>
public sealed class FileEncryptionClient
{
    private readonly CryptographicMaterialsManager? _materialsManager;
    private readonly TransferScheduler _scheduler;
    private readonly ReceivingFolders _folders = new();
    private readonly CallWatch _watch;

    internal FileEncryptionClient(CryptographicMaterialsManager? materialsManager, TransferSettings settings)
    {
        _materialsManager = materialsManager;
        _scheduler = new TransferScheduler(s3: null, settings);
        _watch = new CallWatch(settings.Limits);
    }

    /// <inheritdoc cref="S3EncryptionClient.WaitsInVain"/>
    public string? WaitsInVain => _watch.WaitsInVain;

    private CryptographicMaterialsManager MaterialsManager => _materialsManager
        ?? throw new CseException(ErrorId.KmsKeyIdRequired, "No KMS key was named.");

    /// <summary>Encrypts a file into a file of ciphertext and a file with its envelope.</summary>
    /// <exception cref="CseException">No file was made.</exception>
    public Task<TransferResult> ProtectAsync(ProtectRequest request, ITransferObserver observer, CancellationToken cancellationToken)
    {
        CallWatch.Current = _watch;
        return new FileEncryption(_scheduler, MaterialsManager, request, _folders, observer, cancellationToken).RunAsync();
    }

    /// <summary>Decrypts a file of ciphertext into a file, which appears only when the content is verified.</summary>
    /// <exception cref="CseException">No file was made or changed.</exception>
    public Task<TransferResult> UnprotectAsync(UnprotectRequest request, ITransferObserver observer, CancellationToken cancellationToken)
    {
        CallWatch.Current = _watch;
        return new FileDecryption(_scheduler, MaterialsManager, request, _folders, observer, cancellationToken).RunAsync();
    }
}
