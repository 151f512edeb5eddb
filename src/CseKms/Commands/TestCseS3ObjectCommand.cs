using System.Management.Automation;
using CseKms.Binding;
using CseKms.Cmdlets;
using CseKms.Core.Transfer;
using CseKms.Work;

namespace CseKms.Commands;

/// <summary>Proves that objects decrypt, without keeping any of them; or that they are what local files hold.</summary>
/// <remarks>
/// <para>An object is fetched whole, decrypted, and its authentication tag verified; nothing is written anywhere. What is wrong with an
/// object is a result (Verified = False, with Reason and ErrorId) and no error: that it is missing, changed, not encrypted, or refused by
/// what the call accepts. An error says that it could not be tested, as where access is denied or nothing answers. A legacy object
/// encrypted by AES-CBC is read and never verified, since nothing authenticates it.</para>
/// <para>-Path compares files with objects, by the rules by which Send-CseS3Object names keys; folders with all that is below them. 16
/// bytes of each object are read: its tag, which is compared with the one that the file has under the object's data key and IV.
/// TagMatches says that this file was sent under this envelope. It does not show that the stored body is intact: whoever can write to
/// the bucket may have damaged it. -Full reads the body too. For a piped object the file is found by its key, less -KeyPrefix.</para>
/// <para>Verified says that all is right which was tested; Tested says what that was: Body, Envelope, Tag, or Content (body and file).</para>
/// </remarks>
/// <example>
/// <code>Test-CseS3Object -BucketName my-bucket -KeyPrefix test1/ -KmsKeyId $arn | Where-Object Verified -EQ $false</code>
/// Reads everything below test1/ and shows what does not decrypt.
/// </example>
/// <example>
/// <code>Test-CseS3Object -BucketName my-bucket -KeyPrefix test1/ -Path dir_1 -KmsKeyId $arn | Where-Object TagMatches -EQ $false</code>
/// Finds the files of dir_1 that are not stored as they are now, without reading a body.
/// </example>
/// <example>
/// <code>if (Test-CseS3Object -BucketName my-bucket -Key report -Path dir_1/file_1 -Full -Quiet -KmsKeyId $arn) { Remove-Item dir_1/file_1 }</code>
/// Removes a file once it is proved that its object is intact and holds the same content.
/// </example>
/// <example>
/// <code>Get-CseS3Object my-bucket test1/ | Test-CseS3Object -Envelope -KmsKeyId $arn</code>
/// Tells which objects the caller has the key for.
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "CseS3Object", DefaultParameterSetName = BodySet)]
[OutputType(typeof(CseTestedObject), typeof(bool))]
public sealed class TestCseS3ObjectCommand : ComparingCmdlet
{
    private const string BodySet = "Body";
    private const string EnvelopeSet = "Envelope";

    /// <summary>Test key access and envelope only, by one HEAD and one Decrypt. The body is not read.</summary>
    [Parameter(Mandatory = true, ParameterSetName = EnvelopeSet)]
    public SwitchParameter Envelope { get; set; }

    /// <summary>Read the bodies too, and compare all of the content.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter Full { get; set; }

    /// <summary>
    /// Write True or False an object, in the order in which the objects were named, and no more; False too where an object could not be
    /// tested, which -Verbose tells and no error does. What fails the whole call is an error all the same.
    /// </summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override string Activity => $"Testing {NamedBucket}";

    private protected override bool KeepsOrder => Quiet;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName is PathSet or LiteralPathSet)
        {
            foreach (var (address, file) in FindPairs())
            {
                Test(new DownloadRequest(address), Full ? TestedPart.Content : TestedPart.Tag, file);
            }

            return;
        }

        foreach (var item in FindObjects())
        {
            Test(new DownloadRequest(item.Address) { SizeHint = item.Size }, Envelope ? TestedPart.Envelope : TestedPart.Body, file: null);
        }
    }

    private void Test(DownloadRequest request, TestedPart tested, SourceFile? file) =>
        Start(new TestWork(GetType(), request with { InstructionFileSuffix = InstructionFileSuffix }, tested)
        {
            File = file,
            DisplayPath = file is null ? null : DisplayPath(file.Path),
            IsListed = IsListed && file is null,
            SkipArchived = SkipArchived,
            Quiet = Quiet,
        });
}
