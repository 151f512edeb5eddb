using System.Management.Automation;
using CseKms.Binding;
using CseKms.Core.Settings;

namespace CseKms.Cmdlets;

/// <summary>What is accepted of objects that are decrypted.</summary>
public abstract class ReaderCmdlet : KeyedCmdlet
{
    /// <summary>Accept whatever encryption context an object carries. Without it, an object must carry exactly -EncryptionContext.</summary>
    [Parameter]
    public virtual SwitchParameter AnyEncryptionContext { get; set; }

    /// <summary>
    /// Receive whatever KMS key of these accounts an object's data key is wrapped under, with no -KmsKeyId. KMS is called in -Region.
    /// </summary>
    [Parameter]
    [ValidatePattern(@"^\d{12}$")]
    public virtual string[]? DiscoveryAccount { get; set; }

    /// <summary>The partition of -DiscoveryAccount, such as aws-cn.</summary>
    [Parameter]
    [PSDefaultValue(Help = "aws")]
    [ValidateNotNullOrEmpty]
    public virtual string DiscoveryPartition { get; set; } = "aws";

    /// <summary>
    /// Legacy modes to read. Wrapping: data keys wrapped by kms (as Amazon SES does), AESWrap or OAEP with SHA-256, and V1. Content: AES-CBC,
    /// which nothing authenticates: whoever can write to the bucket can change what comes out, and can relabel an object of GCM that kms
    /// wraps as CBC and learn about its content from whether a receive succeeds or fails; so do not let such a person see that. Aes128: data
    /// keys and AES wrapping keys of 128 bits. The commitment policy must allow such objects as well.
    /// </summary>
    [Parameter]
    public virtual LegacyModes AllowLegacy { get; set; }

    /// <inheritdoc/>
    private protected override EncryptionSettings Encryption() => base.Encryption() with
    {
        AcceptAnyContext = AnyEncryptionContext,
        AllowedLegacy = AllowLegacy.ToEngine(),
    };

    /// <inheritdoc/>
    private protected override IEnumerable<(string Parameter, Func<KeySource> Open)> GivenKeys() =>
        DiscoveryAccount is { } accounts
            ? base.GivenKeys().Append((nameof(DiscoveryAccount), () => KeySource.Discovery(DiscoveryPartition, accounts)))
            : base.GivenKeys();
}
