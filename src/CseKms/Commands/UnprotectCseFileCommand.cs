using System.Management.Automation;
using CseKms.Binding;
using CseKms.Cmdlets;
using CseKms.Core;
using CseKms.Core.Content;
using CseKms.Core.Transfer;
using CseKms.Errors;
using CseKms.Work;

namespace CseKms.Commands;

/// <summary>Verifies and decrypts files of ciphertext, without S3, by envelopes that are files too.</summary>
/// <remarks>
/// <para>The ciphertext is what Protect-CseFile wrote, or an object that any tool fetched. The envelope is the file of the same name with
/// .json after it, or -EnvelopePath: what aws s3api head-object prints of the object, a map of its user metadata, or its instruction
/// file. Names are taken in any case of letters, with x-amz-meta- before them or without.</para>
/// <para>As with Receive-CseS3Object nothing is visible before it is verified, a file that exists is not replaced without -Force, and a
/// failure leaves it as it was.</para>
/// </remarks>
/// <example>
/// <code>Get-ChildItem out -Recurse -Filter *.cse | Unprotect-CseFile -Destination back -BasePath out -KmsKeyId $arn</code>
/// Decrypts a folder tree into another one; out/dir_2/file_1.cse becomes back/dir_2/file_1.
/// </example>
/// <example>
/// <code>aws s3api get-object --bucket my-bucket --key report.pdf blob > head.json
/// Unprotect-CseFile blob -EnvelopePath head.json -File report.pdf -KmsKeyId $arn</code>
/// Opens an object that the AWS CLI fetched; get-object prints its metadata as head-object does.
/// </example>
[Cmdlet(VerbsSecurity.Unprotect, "CseFile", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(CseUnprotectedFile))]
public sealed class UnprotectCseFileCommand : FileCmdlet
{
    /// <summary>
    /// The file with the envelope; the ciphertext's path with .json after it unless given. Of an object with an instruction file give two:
    /// what tells of the object, and the instruction file.
    /// </summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[]? EnvelopePath { get; set; }

    /// <summary>The exact file to write.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? File { get; set; }

    /// <summary>The bucket where the object was stored, when -BindLocation bound it to its place.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public override string? BucketName { get; set; }

    /// <summary>The key under which the object was stored, when -BindLocation bound it to its place.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Key { get; set; }

    private protected override string Activity => "Decrypting files";

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var file in FindFiles())
        {
            if (ProtectedNames.IsEnvelope(file.Path))
            {
                this.Tell($"{file.Path} is an envelope and was passed over.");
            }
            else if (PlaintextOf(file) is not { } plaintext)
            {
                WriteError(ErrorRecords.PlaintextNameRequired(file.Path));
            }
            else if (Claim(file, plaintext) && (DisplayPath(file.Path), DisplayPath(plaintext.Path)) is var paths && this.Approves($"{paths.Item1} → {paths.Item2}", "Decrypt"))
            {
                var envelopes = EnvelopePath?.Select(FileSystemPath) ?? [ProtectedNames.EnvelopeOf(file.Path)];
                var request = new UnprotectRequest(file.Path, [.. envelopes], plaintext)
                {
                    CiphertextBelow = file.NoLinksBelow,

                    // Those that the user named are what they lead to.
                    EnvelopesBelow = EnvelopePath is null ? file.NoLinksBelow : null,
                    Address = Key is null ? null : new ObjectAddress(RequireBucket(), Key),
                };
                Start(new UnprotectWork(request, paths));
            }
        }
    }

    // Below another folder a name that tells nothing may stay as it is.
    private FileDestination? PlaintextOf(SourceFile file) =>
        File is not null ? FileDestination.Exactly(FileSystemPath(File), Force)
        : ProtectedNames.PlaintextOf(file.Path) is not null ? Target(file, path => ProtectedNames.PlaintextOf(path)!)
        : Destination is not null ? Target(file, path => path)
        : null;
}
