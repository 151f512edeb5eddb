using System.Collections;
using System.Management.Automation;
using CseKms.Binding;
using CseKms.Cmdlets;
using CseKms.Core.Content;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using CseKms.Errors;
using CseKms.Work;

namespace CseKms.Commands;

/// <summary>Encrypts files into files, without S3: the ciphertext, and the envelope as JSON.</summary>
/// <remarks>
/// <para>What is written is what Send-CseS3Object stores: file.cse has the bytes of the object, and file.cse.json its metadata, in the form in
/// which aws s3api head-object prints it. So any tool can upload it, from any place: store the bytes with the map Metadata as user metadata,
/// and every S3 Encryption Client reads the object. Unprotect-CseFile reads both files back.</para>
/// <para>Ciphertext and envelope belong together: whoever loses the envelope cannot read the file. With -Force the old envelope goes before
/// the new ciphertext comes, so that neither ever stands beside another's. An envelope is not secret, and not bound to a bucket and key.</para>
/// </remarks>
/// <example>
/// <code>Get-ChildItem dir_1 -Recurse | Protect-CseFile -Destination out -BasePath dir_1 -KmsKeyId $arn</code>
/// Encrypts a folder tree into another one; dir_1/dir_2/file_1 becomes out/dir_2/file_1.cse and out/dir_2/file_1.cse.json.
/// </example>
/// <example>
/// <code>$made = Protect-CseFile report.pdf -KmsKeyId $arn
/// $metadata = (Get-Content $made.EnvelopePath | ConvertFrom-Json -AsHashtable).Metadata
/// Write-S3Object -BucketName my-bucket -Key report.pdf -File $made.Path -Metadata $metadata</code>
/// Encrypts a file, and uploads it by AWS.Tools.
/// </example>
[Cmdlet(VerbsSecurity.Protect, "CseFile", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(CseProtectedFile))]
public sealed class ProtectCseFileCommand : FileCmdlet
{
    /// <summary>A PEM file with the public RSA key that wraps data keys in place of KMS. It cannot read the files.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PublicKeyPath { get; set; }

    /// <summary>Pairs of text that are written beside a data key that a raw key wraps, to tell the key by. Nothing authenticates them.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary MaterialDescription { get; set; } = new Hashtable();

    // Without the attribute they are no parameters: nothing is read.
    /// <inheritdoc/>
    public override SwitchParameter AnyEncryptionContext { get; set; }

    /// <inheritdoc/>
    public override string[]? DiscoveryAccount { get; set; }

    /// <inheritdoc/>
    public override string DiscoveryPartition { get; set; } = "";

    /// <inheritdoc/>
    public override LegacyModes AllowLegacy { get; set; }

    private protected override string Activity => "Encrypting files";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (KmsKeyId is { Length: > 1 })
        {
            throw Terminate(ErrorRecords.OneKmsKeyToSend());
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var file in FindFiles())
        {
            var ciphertext = Target(file, ProtectedNames.CiphertextOf);
            var envelope = Target(file, path => ProtectedNames.EnvelopeOf(ProtectedNames.CiphertextOf(path)));
            var (from, to) = (DisplayPath(file.Path), DisplayPath(ciphertext.Path));
            if (Claim(file, ciphertext) && this.Approves($"{from} → {to}", "Encrypt"))
            {
                var source = UploadSource.FromFile(file.Path, file.NoLinksBelow);
                Start(new ProtectWork(file.Path, new ProtectRequest(source, ciphertext, envelope), (from, to)));
            }
        }
    }

    /// <inheritdoc/>
    private protected override EncryptionSettings Encryption() => base.Encryption() with { MaterialDescription = MaterialDescription.ToTextMap()! };

    /// <inheritdoc/>
    private protected override IEnumerable<(string Parameter, Func<KeySource> Open)> GivenKeys() =>
        PublicKeyPath is { } path
            ? base.GivenKeys().Append((nameof(PublicKeyPath), () => Raw([path], file => RawKey.FromRsaPemFile(FileSystemPath(file), isPrivate: false))))
            : base.GivenKeys();
}
