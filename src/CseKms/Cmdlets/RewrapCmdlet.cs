using System.Collections;
using System.Management.Automation;
using CseKms.Binding;
using CseKms.Core.Settings;

namespace CseKms.Cmdlets;

/// <summary>The key that data keys of stored objects are wrapped under anew, and what is bound to them then.</summary>
public abstract class RewrapCmdlet : ContentReaderCmdlet
{
    /// <summary>
    /// The KMS key that wraps data keys from now on: its ARN, id or alias. It may be the old one, when only the encryption context changes.
    /// </summary>
    [Parameter]
    [Alias("NewKmsKeyArn")]
    [ValidateNotNullOrEmpty]
    public string? NewKmsKeyId { get; set; }

    /// <summary>The pairs that are bound to data keys from now on, in place of the caller's own pairs that the objects carry. @{} takes them away.</summary>
    [Parameter]
    [TextMapArgument]
    [ValidateNotNull]
    public IDictionary? NewEncryptionContext { get; set; }

    /// <summary>The profile that KMS is called as for -NewKmsKeyId, when no one caller may use both keys.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewKmsProfileName { get; set; }

    /// <summary>The endpoint of KMS for -NewKmsKeyId, when it is another one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewKmsEndpointUrl { get; set; }

    /// <summary>A raw AES-256 key that wraps data keys from now on: a SecureString of its base64, or its 32 bytes.</summary>
    [Parameter]
    [WrappingKeyArgument]
    [ValidateCount(1, 1)]
    public object[]? NewWrappingKey { get; set; }

    /// <summary>A file with the raw AES-256 key that wraps data keys from now on: its 32 bytes, or their base64.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewWrappingKeyPath { get; set; }

    /// <summary>A PEM file with the public RSA key that wraps data keys from now on.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewPublicKeyPath { get; set; }

    /// <summary>
    /// A file that gets a receipt of each object: one line of JSON, written before the object's result is put out, and of failures too. More
    /// than one process of this machine may add to it. A new file can be read by you alone. See about_CseKms.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public override string? ReceiptPath { get; set; }

    /// <summary>Whether the call names a key or a context that objects get.</summary>
    private protected bool IsRewrapGiven => NewEncryptionContext is not null || NewKeys().Any();

    /// <inheritdoc/>
    private protected override EncryptionSettings Encryption() => base.Encryption() with
    {
        Rewrap = new RewrapSettings
        {
            Key = OnlyKey(NewKeys()),
            KmsProfileName = NewKmsProfileName,
            KmsEndpointUrl = NewKmsEndpointUrl,
            EncryptionContext = NewEncryptionContext.ToTextMap(),
        },
    };

    private IEnumerable<(string Parameter, Func<KeySource> Open)> NewKeys()
    {
        if (NewKmsKeyId is { } id)
        {
            yield return (nameof(NewKmsKeyId), () => KeySource.Kms(id));
        }

        if (NewWrappingKey is { } key)
        {
            yield return (nameof(NewWrappingKey), () => Raw(key, RawAes));
        }

        if (NewWrappingKeyPath is { } path)
        {
            yield return (nameof(NewWrappingKeyPath), () => Raw([path], file => RawKey.FromAesFile(FileSystemPath(file))));
        }

        if (NewPublicKeyPath is { } pem)
        {
            yield return (nameof(NewPublicKeyPath), () => Raw([pem], file => RawKey.FromRsaPemFile(FileSystemPath(file), isPrivate: false)));
        }
    }
}
