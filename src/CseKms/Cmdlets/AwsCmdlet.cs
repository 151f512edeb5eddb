using System.Management.Automation;
using CseKms.Binding;
using CseKms.Core.Aws.Identity;
using CseKms.Core.Settings;

namespace CseKms.Cmdlets;

/// <summary>
/// Who AWS is called as, and where. Each parameter is a setting of <see cref="ConnectionSettings"/>; a call's stand in for the session's,
/// and Set-CseSession makes them the session's.
/// </summary>
public abstract class AwsCmdlet : AsyncCmdlet
{
    private SignInPrompt? _signIn;

    /// <summary>The region of the bucket, and of the KMS key unless that is given as an ARN.</summary>
    [Parameter]
    public string? Region
    {
        get => Given.Region;
        set => Given = Given with { Region = Text(value) };
    }

    /// <summary>
    /// The caller's credentials as an object: a PSCredential of access key and secret, or what Get-AWSCredential of AWS.Tools gives. It is
    /// asked before each request, so that credentials which renew themselves stay valid.
    /// </summary>
    [Parameter]
    [CredentialArgument]
    public object? Credential
    {
        get => Identity.Credential;
        set
        {
            if (value is not null || EmptyClears)
            {
                Identity = Identity with { Credential = (ForeignCredential?)value };
            }
        }
    }

    /// <summary>The profile of the shared AWS configuration whose credentials are used.</summary>
    [Parameter]
    public string? ProfileName
    {
        get => Identity.ProfileName;
        set => Identity = Identity with { ProfileName = Text(value) };
    }

    /// <summary>The credentials file that holds the profile, when it is not the usual one.</summary>
    [Parameter]
    public string? ProfileLocation
    {
        get => Identity.ProfileLocation;
        set => Identity = Identity with { ProfileLocation = Text(value) };
    }

    /// <summary>The access key id of the caller.</summary>
    [Parameter]
    public string? AccessKey
    {
        get => Identity.AccessKey;
        set => Identity = Identity with { AccessKey = Text(value) };
    }

    /// <summary>The secret of the access key. It is never shown.</summary>
    [Parameter]
    public string? SecretKey
    {
        get => Identity.SecretKey;
        set => Identity = Identity with { SecretKey = Text(value) };
    }

    /// <summary>The session token that belongs to a temporary access key. It is never shown.</summary>
    [Parameter]
    public string? SessionToken
    {
        get => Identity.SessionToken;
        set => Identity = Identity with { SessionToken = Text(value) };
    }

    /// <summary>
    /// The code of the MFA device of a profile that asks for one: text or a SecureString. It works once; the keys that it gives are kept
    /// for all calls of the process until they expire. Where it is missing it is asked for, if somebody is there to ask.
    /// </summary>
    [Parameter]
    [MfaCodeArgument]
    public object? MfaCode { get; set; }

    /// <summary>The endpoint of S3 when it is not AWS's own.</summary>
    [Parameter]
    public virtual string? EndpointUrl
    {
        get => Given.EndpointUrl;
        set => Given = Given with { EndpointUrl = Text(value) };
    }

    /// <summary>Put the bucket's name into the path of a request and not into its host name, for S3 services other than AWS's.</summary>
    [Parameter]
    public virtual SwitchParameter ForcePathStyleAddressing
    {
        get => Given.ForcePathStyleAddressing == true;
        set => Given = Given with { ForcePathStyleAddressing = value };
    }

    /// <summary>
    /// WHEN_REQUIRED sends no checksum that S3 does not require, for S3 services other than AWS's that refuse the header. The environment
    /// (AWS_REQUEST_CHECKSUM_CALCULATION) and the profile can say so too.
    /// </summary>
    [Parameter]
    [ValidateSet("WHEN_SUPPORTED", "WHEN_REQUIRED")]
    public virtual string? RequestChecksumCalculation
    {
        get => Given.RequestChecksumCalculation;
        set => Given = Given with { RequestChecksumCalculation = Text(value) };
    }

    /// <summary>Call AWS's dual-stack endpoints, which speak IPv6 as well as IPv4.</summary>
    [Parameter]
    public SwitchParameter UseDualstackEndpoint
    {
        get => Given.UseDualstackEndpoint == true;
        set => Given = Given with { UseDualstackEndpoint = value };
    }

    /// <summary>Call AWS's endpoints that are validated under FIPS 140.</summary>
    [Parameter]
    public SwitchParameter UseFIPSEndpoint
    {
        get => Given.UseFipsEndpoint == true;
        set => Given = Given with { UseFipsEndpoint = value };
    }

    /// <summary>What this call gives of the connection.</summary>
    private protected ConnectionSettings Given { get; set; } = new();

    /// <summary>Whether an empty value is one: it clears a default. Elsewhere it is a variable that is empty by mistake.</summary>
    private protected virtual bool EmptyClears => false;

    /// <inheritdoc/>
    private protected override ISignIn SignIn
    {
        get
        {
            if (_signIn is null)
            {
                Interlocked.CompareExchange(ref _signIn, new SignInPrompt(this, (string?)MfaCode), null);
            }

            return _signIn;
        }
    }

    private CallerIdentity Identity
    {
        get => Given.Identity ?? new();
        set => Given = Given with { Identity = value };
    }

    /// <summary>The connection of this call: what it gives, then what AWS.Tools' session has, then our session's.</summary>
    private protected ConnectionSettings Connection()
    {
        var awsTools = new AwsToolsSession(this);
        return Given
            .Over(new ConnectionSettings { Region = awsTools.Region, Identity = Given.Identity ?? awsTools.Identity })
            .Over(SharedSession.Defaults.Connection);
    }

    /// <summary>A value that a call must not leave empty.</summary>
    private protected string Text(string? value) =>
        !string.IsNullOrEmpty(value) ? value
        : EmptyClears ? ""
        : throw new ValidationMetadataException("The argument is null or empty. Give a value, or leave the parameter out.");
}
