using System.Collections;
using System.Management.Automation;
using System.Security;
using CseKms.Binding;
using CseKms.Core;
using CseKms.Core.Settings;
using CseKms.Errors;
using CseKms.Work;

namespace CseKms.Cmdlets;

/// <summary>The keys that wrap data keys, what is bound to them, and the memory for content.</summary>
public abstract class KeyedCmdlet : KmsCmdlet
{
    private readonly List<RawKey> _rawKeys = [];
    private bool _hasWarned;

    /// <summary>
    /// The KMS key that data keys are wrapped under: its ARN, id or alias. With an ARN, KMS is called in the region of the ARN. An
    /// object is received only when its data key was wrapped under this key, or under one of several.
    /// </summary>
    [Parameter]
    [Alias("KmsKeyArn")]
    [ValidateNotNullOrEmpty]
    public string[]? KmsKeyId { get; set; }

    /// <summary>
    /// A raw AES-256 key that wraps data keys in place of KMS: a SecureString of its base64, or its 32 bytes. Whoever has it reads all
    /// objects; no log tells who used it. Several are tried one after another by what receives.
    /// </summary>
    [Parameter]
    [WrappingKeyArgument]
    [ValidateNotNullOrEmpty]
    public object[]? WrappingKey { get; set; }

    /// <summary>A file with the raw AES-256 key: its 32 bytes, or their base64. Several are tried one after another by what receives.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? WrappingKeyPath { get; set; }

    /// <summary>
    /// A PEM file with the RSA key whose public half wraps data keys in place of KMS, and whose private half unwraps them. Several are tried
    /// one after another by what receives.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? PrivateKeyPath { get; set; }

    /// <summary>
    /// Pairs of text that KMS binds to the data key. They are stored in the clear beside a sent object, and a received object must
    /// carry exactly these.
    /// </summary>
    [Parameter]
    [TextMapArgument]
    [ValidateNotNull]
    public virtual IDictionary? EncryptionContext { get; set; }

    /// <summary>
    /// Bind bucket and key of each object into its encryption context, as csekms:bucket and csekms:key, so that nobody can put one object
    /// in another's place. Received objects must be bound then; those that are bound are checked without it too. A bound object cannot be
    /// received from anywhere else it was copied to.
    /// </summary>
    [Parameter]
    public virtual SwitchParameter BindLocation { get; set; }

    /// <summary>
    /// Which formats are written and read. RequireEncryptRequireDecrypt, the default, writes V3 and reads only objects that commit to
    /// their key; RequireEncryptAllowDecrypt reads V2 objects too; ForbidEncryptAllowDecrypt writes V2 for older clients.
    /// </summary>
    [Parameter]
    public CommitmentPolicy CommitmentPolicy { get; set; }

    /// <summary>
    /// How many bytes of content are in memory at most, from 32MB; 256MB unless given. It bounds how many parts of 12 MiB are on their way
    /// at once, how many objects wait to be written to the pipeline, as bytes or as text, and how large one may be that goes there. Those
    /// that are too large to wait beside others go one by one; as text such a one takes up to three times its bytes for a moment.
    /// </summary>
    [Parameter]
    [ValidateMemoryLimit]
    [PSDefaultValue(Help = "256MB")]
    public long MemoryLimit { get; set; }

    /// <inheritdoc/>
    private protected override EncryptionSettings Encryption()
    {
        var defaults = SharedSession.Defaults;
        return base.Encryption() with
        {
            Key = OnlyKey(GivenKeys()) ?? (defaults.KmsKeyId is { } usual ? KeySource.Kms(usual) : null),
            EncryptionContext = EncryptionContext.ToTextMap() ?? defaults.EncryptionContext ?? new Dictionary<string, string>(),
            BindLocation = BindLocation,
            CommitmentPolicy = (IsGiven(nameof(CommitmentPolicy)) ? CommitmentPolicy : defaults.CommitmentPolicy ?? default).ToEngine(),
        };
    }

    /// <inheritdoc/>
    private protected override TransferSettings Transfer() => base.Transfer() with
    {
        MemoryLimit = MemoryLimit > 0 ? MemoryLimit : SharedSession.Defaults.MemoryLimit ?? TransferSettings.DefaultMemoryLimit,
    };

    /// <inheritdoc/>
    private protected override void Write(WorkResult result)
    {
        if (!result.IsAuthenticated && !_hasWarned)
        {
            _hasWarned = true;
            this.Warn(
                "What was received is not authenticated: whoever can write to the bucket may have changed it. " +
                "This holds for ranges and for legacy content, and is said once a call.");
        }

        base.Write(result);
    }

    /// <summary>Ends the call when it names several keys, of which none can be the one to wrap data keys under.</summary>
    private protected void EnsureOneKeyToSend()
    {
        if (KmsKeyId is { Length: > 1 })
        {
            throw Terminate(ErrorRecords.OneKmsKeyToSend());
        }

        var several = WrappingKey is { Length: > 1 } ? nameof(WrappingKey)
            : WrappingKeyPath is { Length: > 1 } ? nameof(WrappingKeyPath)
            : PrivateKeyPath is { Length: > 1 } ? nameof(PrivateKeyPath)
            : null;
        if (several is not null)
        {
            throw Terminate(ErrorRecords.OneWrappingKeyToSend(several));
        }
    }

    /// <summary>The parameters of this call that name a key, and what each makes of it.</summary>
    private protected virtual IEnumerable<(string Parameter, Func<KeySource> Open)> GivenKeys()
    {
        if (KmsKeyId is { } ids)
        {
            yield return (nameof(KmsKeyId), () => KeySource.Kms(ids));
        }

        if (WrappingKey is { } keys)
        {
            yield return (nameof(WrappingKey), () => Raw(keys, RawAes));
        }

        if (WrappingKeyPath is { } paths)
        {
            yield return (nameof(WrappingKeyPath), () => Raw(paths, path => RawKey.FromAesFile(FileSystemPath(path))));
        }

        if (PrivateKeyPath is { } pems)
        {
            yield return (nameof(PrivateKeyPath), () => Raw(pems, pem => RawKey.FromRsaPemFile(FileSystemPath(pem), isPrivate: true)));
        }
    }

    /// <summary>A raw AES key: a SecureString or bytes.</summary>
    private protected static RawKey RawAes(object key) => key is SecureString text ? text.ToRawKey() : RawKey.FromAes((byte[])key);

    /// <summary>Takes raw keys for this call.</summary>
    private protected KeySource Raw<T>(IEnumerable<T> given, Func<T, RawKey> read)
    {
        try
        {
            var keys = new List<RawKey>();
            foreach (var one in given)
            {
                keys.Add(read(one));
                _rawKeys.Add(keys[^1]);
            }

            return KeySource.Raw(keys);
        }
        catch (CseException failure)
        {
            throw Terminate(ErrorRecords.From(this, failure, null, null));
        }
    }

    /// <inheritdoc/>
    private protected override void Release() => _rawKeys.ForEach(key => key.Dispose());

    /// <summary>A path as a user at the current location would name it.</summary>
    private protected string DisplayPath(string path) =>
        KeyMapper.Below(SessionState.Path.CurrentFileSystemLocation.ProviderPath, path) ?? path;

    /// <summary>The one key that the call names of a kind; none where it names none.</summary>
    private protected KeySource? OnlyKey(IEnumerable<(string Parameter, Func<KeySource> Open)> keys)
    {
        (string Parameter, Func<KeySource> Open)[] given = [.. keys];
        return given.Length switch
        {
            0 => null,
            1 => given[0].Open(),
            _ => throw Terminate(ErrorRecords.OneKindOfKey(given.Select(key => key.Parameter))),
        };
    }
}
