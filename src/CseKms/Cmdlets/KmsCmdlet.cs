using System.Management.Automation;
using CseKms.Core.Settings;

namespace CseKms.Cmdlets;

/// <summary>How KMS is called, where that is not how S3 is.</summary>
public abstract class KmsCmdlet : S3Cmdlet
{
    /// <summary>Grant tokens that KMS takes for grants that are not known everywhere yet.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] GrantToken { get; set; } = [];

    /// <summary>
    /// The profile that KMS is called as, when bucket and key belong to different accounts. S3 is called as the other parameters say.
    /// </summary>
    [Parameter]
    public string? KmsProfileName
    {
        get => Given.KmsProfileName;
        set => Given = Given with { KmsProfileName = Text(value) };
    }

    /// <summary>The endpoint of KMS when it is not AWS's own.</summary>
    [Parameter]
    public string? KmsEndpointUrl
    {
        get => Given.KmsEndpointUrl;
        set => Given = Given with { KmsEndpointUrl = Text(value) };
    }

    /// <inheritdoc/>
    private protected override EncryptionSettings Encryption() => base.Encryption() with
    {
        GrantTokens = GrantToken,
        KeysInTheClear = Progress.KeysInTheClear,
    };
}
