using System.Collections;
using System.Management.Automation;
using CseKms.Binding;
using CseKms.Cmdlets;
using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Errors;

namespace CseKms.Commands;

/// <summary>Sets defaults that the cmdlets of this module take for parameters that a call does not give.</summary>
/// <remarks>
/// <para>The defaults hold for the whole process, all runspaces included, until Clear-CseSession or the last Remove-Module. Only the
/// parameters given are changed; an empty value clears a default.</para>
/// <para>Keys, token and profile are one identity: giving any of them replaces all, here and in a call, so that two identities are never
/// mixed. -MfaCode waits for the next call that needs a code, and is then forgotten.</para>
/// <para>A default that each call would refuse is refused here, and nothing is set: a bucket name that is none, a profile that there is not,
/// an access key without its secret, an endpoint that is no URL.</para>
/// </remarks>
/// <example>
/// <code>Set-CseSession -BucketName my-bucket -KmsKeyId $arn -Region eu-central-1
/// Get-ChildItem dir_1 -Recurse | Send-CseS3Object</code>
/// Sets bucket, key and region once, so that the bare line works.
/// </example>
/// <example>
/// <code>Set-CseSession -KeyPrefix ''</code>
/// Clears one default.
/// </example>
[Cmdlet(VerbsCommon.Set, "CseSession", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(CseSession))]
public sealed class SetCseSessionCommand : AwsCmdlet
{
    /// <summary>Default of -BucketName.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? BucketName { get; set; }

    /// <summary>Default of -KeyPrefix, and of -Prefix of Get-CseS3Object.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? KeyPrefix { get; set; }

    /// <summary>Default of -KmsKeyId: the ARN, id or alias of the KMS key.</summary>
    [Parameter]
    [Alias("KmsKeyArn")]
    [AllowEmptyString]
    public string? KmsKeyId { get; set; }

    /// <summary>Default of -EncryptionContext.</summary>
    [Parameter]
    [AllowNull]
    [TextMapArgument]
    public IDictionary? EncryptionContext { get; set; }

    /// <summary>Default of -CommitmentPolicy.</summary>
    [Parameter]
    [AllowNull]
    public CommitmentPolicy? CommitmentPolicy { get; set; }

    /// <summary>Default of -KmsProfileName: who KMS is called as, when that is somebody else than S3 is called as.</summary>
    [Parameter]
    public string? KmsProfileName
    {
        get => Given.KmsProfileName;
        set => Given = Given with { KmsProfileName = Text(value) };
    }

    /// <summary>Default of -KmsEndpointUrl.</summary>
    [Parameter]
    public string? KmsEndpointUrl
    {
        get => Given.KmsEndpointUrl;
        set => Given = Given with { KmsEndpointUrl = Text(value) };
    }

    /// <summary>Default of -RequestChecksumCalculation.</summary>
    [Parameter]
    [ValidateSet("WHEN_SUPPORTED", "WHEN_REQUIRED", "")]
    public override string? RequestChecksumCalculation
    {
        get => base.RequestChecksumCalculation;
        set => base.RequestChecksumCalculation = value;
    }

    /// <summary>Default of -ThrottleLimit, from 1 to 256; 0 clears it.</summary>
    [Parameter]
    [ValidateRange(0, 256)]
    public override int ThrottleLimit { get; set; }

    /// <summary>Default of -MemoryLimit in bytes, from 32MB; 0 clears it.</summary>
    [Parameter]
    [ValidateMemoryLimit(AcceptsZero = true)]
    public long MemoryLimit { get; set; }

    /// <summary>Write the session to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        Check();
        if (this.Approves("The session of this process", "Set defaults"))
        {
            SharedSession.Change(Changed);
        }

        if (PassThru)
        {
            WriteObject(SharedSession.Describe());
        }
    }

    private SessionDefaults Changed(SessionDefaults old) => old with
    {
        BucketName = Default(nameof(BucketName), BucketName, old.BucketName),
        KeyPrefix = Default(nameof(KeyPrefix), KeyPrefix, old.KeyPrefix),
        KmsKeyId = Default(nameof(KmsKeyId), KmsKeyId, old.KmsKeyId),
        EncryptionContext = IsGiven(nameof(EncryptionContext)) ? EncryptionContext.ToTextMap() : old.EncryptionContext,
        CommitmentPolicy = IsGiven(nameof(CommitmentPolicy)) ? CommitmentPolicy : old.CommitmentPolicy,
        Connection = Given.Over(old.Connection),
        MfaCode = IsGiven(nameof(MfaCode)) ? (string?)MfaCode : old.MfaCode,
        ThrottleLimit = IsGiven(nameof(ThrottleLimit)) ? ThrottleLimit == 0 ? null : ThrottleLimit : old.ThrottleLimit,
        MemoryLimit = IsGiven(nameof(MemoryLimit)) ? MemoryLimit == 0 ? null : MemoryLimit : old.MemoryLimit,
    };

    private protected override bool EmptyClears => true;

    private void Check()
    {
        try
        {
            if (!string.IsNullOrEmpty(BucketName))
            {
                Core.Aws.BucketName.Of(BucketName);
            }

            // What was set before is checked again only with what could not go along with it.
            var connection = Given == new ConnectionSettings() ? Given : Given.Over(SharedSession.Defaults.Connection);
            EncryptionSession.Check(connection, EncryptionContext.ToTextMap());
        }
        catch (CseException failure)
        {
            throw Terminate(ErrorRecords.From(this, failure, null, null));
        }
    }

    private string? Default(string parameter, string? given, string? old) => !IsGiven(parameter) ? old : string.IsNullOrEmpty(given) ? null : given;
}
