using System.Collections;
using System.Management.Automation;
using CseKms.Binding;
using CseKms.Core.Aws.Identity;

namespace CseKms.Commands;

/// <summary>Sets defaults that the cmdlets of this module take for parameters that a call does not give.</summary>
/// <remarks>
/// <para>The defaults hold for the whole process, all runspaces included, until Clear-CseSession or the last Remove-Module. Only the
/// parameters given are changed; an empty value clears a default.</para>
/// <para>Keys, token and profile are one identity: giving any of them replaces all, here and in a call, so that two identities are never
/// mixed.</para>
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
[Cmdlet(VerbsCommon.Set, "CseSession")]
[OutputType(typeof(CseSession))]
public sealed class SetCseSessionCommand : PSCmdlet
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
    public IDictionary? EncryptionContext { get; set; }

    /// <summary>Default of -CommitmentPolicy.</summary>
    [Parameter]
    [AllowNull]
    public CommitmentPolicy? CommitmentPolicy { get; set; }

    /// <summary>Default of -Region.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? Region { get; set; }

    /// <summary>Default of -Credential: a PSCredential of access key and secret, or what Get-AWSCredential of AWS.Tools gives.</summary>
    [Parameter]
    [CredentialArgument]
    public object? Credential { get; set; }

    /// <summary>Default of -ProfileName.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? ProfileName { get; set; }

    /// <summary>Default of -ProfileLocation.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? ProfileLocation { get; set; }

    /// <summary>Default of -AccessKey.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? AccessKey { get; set; }

    /// <summary>Default of -SecretKey. It is kept in memory and never shown.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? SecretKey { get; set; }

    /// <summary>Default of -SessionToken. It is kept in memory and never shown.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? SessionToken { get; set; }

    /// <summary>
    /// A code of the MFA device, text or a SecureString, for the next call that needs one. It is used once and then forgotten.
    /// </summary>
    [Parameter]
    [MfaCodeArgument]
    public object? MfaCode { get; set; }

    /// <summary>Default of -KmsProfileName: who KMS is called as, when that is somebody else than S3 is called as.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? KmsProfileName { get; set; }

    /// <summary>Default of -EndpointUrl.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? EndpointUrl { get; set; }

    /// <summary>Default of -KmsEndpointUrl.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? KmsEndpointUrl { get; set; }

    /// <summary>Default of -ForcePathStyleAddressing.</summary>
    [Parameter]
    public SwitchParameter ForcePathStyleAddressing { get; set; }

    /// <summary>Default of -UseDualstackEndpoint.</summary>
    [Parameter]
    public SwitchParameter UseDualstackEndpoint { get; set; }

    /// <summary>Default of -UseFIPSEndpoint.</summary>
    [Parameter]
    public SwitchParameter UseFIPSEndpoint { get; set; }

    /// <summary>Default of -ThrottleLimit, from 1 to 256; 0 clears it.</summary>
    [Parameter]
    [ValidateRange(0, 256)]
    public int ThrottleLimit { get; set; }

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
        SharedSession.Change(old => old with
        {
            BucketName = Text(nameof(BucketName), BucketName, old.BucketName),
            KeyPrefix = Text(nameof(KeyPrefix), KeyPrefix, old.KeyPrefix),
            KmsKeyId = Text(nameof(KmsKeyId), KmsKeyId, old.KmsKeyId),
            EncryptionContext = IsGiven(nameof(EncryptionContext)) ? EncryptionContext.ToTextMap() : old.EncryptionContext,
            CommitmentPolicy = IsGiven(nameof(CommitmentPolicy)) ? CommitmentPolicy : old.CommitmentPolicy,
            Region = Text(nameof(Region), Region, old.Region),
            Identity = IsIdentityGiven
                ? CallerIdentity.Given((ForeignCredential?)Credential, ProfileName, ProfileLocation, AccessKey, SecretKey, SessionToken)
                : old.Identity,
            KmsProfileName = Text(nameof(KmsProfileName), KmsProfileName, old.KmsProfileName),
            EndpointUrl = Text(nameof(EndpointUrl), EndpointUrl, old.EndpointUrl),
            KmsEndpointUrl = Text(nameof(KmsEndpointUrl), KmsEndpointUrl, old.KmsEndpointUrl),
            ForcePathStyleAddressing = IsGiven(nameof(ForcePathStyleAddressing)) ? ForcePathStyleAddressing : old.ForcePathStyleAddressing,
            UseDualstackEndpoint = IsGiven(nameof(UseDualstackEndpoint)) ? UseDualstackEndpoint : old.UseDualstackEndpoint,
            UseFipsEndpoint = IsGiven(nameof(UseFIPSEndpoint)) ? UseFIPSEndpoint : old.UseFipsEndpoint,
            MfaCode = IsGiven(nameof(MfaCode)) ? (string?)MfaCode : old.MfaCode,
            ThrottleLimit = IsGiven(nameof(ThrottleLimit)) ? ThrottleLimit == 0 ? null : ThrottleLimit : old.ThrottleLimit,
            MemoryLimit = IsGiven(nameof(MemoryLimit)) ? MemoryLimit == 0 ? null : MemoryLimit : old.MemoryLimit,
        });
        if (PassThru)
        {
            WriteObject(SharedSession.Describe());
        }
    }

    private bool IsIdentityGiven =>
        IsGiven(nameof(Credential)) || IsGiven(nameof(ProfileName)) || IsGiven(nameof(ProfileLocation))
        || IsGiven(nameof(AccessKey)) || IsGiven(nameof(SecretKey)) || IsGiven(nameof(SessionToken));

    private string? Text(string parameter, string? given, string? old) =>
        !IsGiven(parameter) ? old : string.IsNullOrEmpty(given) ? null : given;

    private bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);
}
