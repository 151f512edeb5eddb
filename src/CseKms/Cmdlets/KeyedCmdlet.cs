using System.Collections;
using System.Management.Automation;
using System.Security;
using CseKms.Binding;
using CseKms.Core;
using CseKms.Core.Settings;
using CseKms.Errors;

namespace CseKms.Cmdlets;

/// <summary>The parameters that sending and receiving share: keys that wrap data keys, and what is bound to them.</summary>
public abstract class KeyedCmdlet : ContentCmdlet
{
    private RawKey? _rawKey;

    /// <summary>Grant tokens that KMS takes for grants that are not known everywhere yet.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] GrantToken { get; set; } = [];

    /// <summary>
    /// A raw AES-256 key that wraps data keys in place of KMS: a SecureString of its base64, or its 32 bytes. Whoever has it reads all
    /// objects; no log tells who used it.
    /// </summary>
    [Parameter]
    [WrappingKeyArgument]
    [ValidateNotNull]
    public object? WrappingKey { get; set; }

    /// <summary>A file with the raw AES-256 key: its 32 bytes, or their base64.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WrappingKeyPath { get; set; }

    /// <summary>A PEM file with the RSA key whose public half wraps data keys in place of KMS, and whose private half unwraps them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PrivateKeyPath { get; set; }

    /// <summary>
    /// Bind bucket and key of each object into its encryption context, as csekms:bucket and csekms:key, so that nobody can put one object
    /// in another's place. Received objects must be bound then; those that are bound are checked without it too. A bound object cannot be
    /// received from anywhere else it was copied to.
    /// </summary>
    [Parameter]
    public SwitchParameter BindLocation { get; set; }

    /// <inheritdoc/>
    private protected override EncryptionSettings Encryption() => base.Encryption() with
    {
        Key = OnlyKey(),
        BindLocation = BindLocation,
        GrantTokens = GrantToken,
    };

    /// <summary>The parameters of this call that name a key, and what each makes of it.</summary>
    private protected virtual IEnumerable<(string Parameter, Func<KeySource> Open)> GivenKeys()
    {
        if (KmsKeyId is { } ids)
        {
            yield return (nameof(KmsKeyId), () => KeySource.Kms(ids));
        }

        if (WrappingKey is { } key)
        {
            yield return (nameof(WrappingKey), () => Raw(() => key is SecureString text ? text.ToRawKey() : RawKey.FromAes((byte[])key)));
        }

        if (WrappingKeyPath is { } path)
        {
            yield return (nameof(WrappingKeyPath), () => Raw(() => RawKey.FromAesFile(FileSystemPath(path))));
        }

        if (PrivateKeyPath is { } pem)
        {
            yield return (nameof(PrivateKeyPath), () => Raw(() => RawKey.FromRsaPemFile(FileSystemPath(pem), isPrivate: true)));
        }
    }

    /// <summary>Takes a raw key for this call.</summary>
    private protected KeySource Raw(Func<RawKey> read)
    {
        try
        {
            _rawKey = read();
            return KeySource.Raw(_rawKey);
        }
        catch (CseException failure)
        {
            throw Terminate(ErrorRecords.From(this, failure, null, null));
        }
    }

    /// <inheritdoc/>
    private protected override void Release() => _rawKey?.Dispose();

    // A key that the call names goes before the session's.
    private KeySource? OnlyKey()
    {
        (string Parameter, Func<KeySource> Open)[] given = [.. GivenKeys()];
        return given.Length switch
        {
            0 => base.Encryption().Key,
            1 => given[0].Open(),
            _ => throw Terminate(ErrorRecords.OneKindOfKey(given.Select(key => key.Parameter))),
        };
    }
}
