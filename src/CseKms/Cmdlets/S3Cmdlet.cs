using System.Collections;
using System.Management.Automation;
using CseKms.Binding;
using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Errors;

namespace CseKms.Cmdlets;

/// <summary>The parameters that all cmdlets of S3 share. Each stands in for the session's default of that name.</summary>
public abstract class S3Cmdlet : AwsCmdlet
{
    private S3EncryptionClient? _client;

    /// <summary>
    /// The KMS key that data keys are wrapped under: its ARN, id or alias. With an ARN, KMS is called in the region of the ARN. An
    /// object is received only when its data key was wrapped under this key, or under one of several.
    /// </summary>
    [Parameter]
    [Alias("KmsKeyArn")]
    [ValidateNotNullOrEmpty]
    public string[]? KmsKeyId { get; set; }

    /// <summary>
    /// Pairs of text that KMS binds to the data key. They are stored in the clear beside a sent object, and a received object must
    /// carry exactly these.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public virtual IDictionary? EncryptionContext { get; set; }

    /// <summary>
    /// Which formats are written and read. RequireEncryptRequireDecrypt, the default, writes V3 and reads only objects that commit to
    /// their key; RequireEncryptAllowDecrypt reads V2 objects too; ForbidEncryptAllowDecrypt writes V2 for older clients.
    /// </summary>
    [Parameter]
    public CommitmentPolicy CommitmentPolicy { get; set; }

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

    /// <summary>The account that must own the bucket; S3 denies the request otherwise.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ExpectedBucketOwner { get; set; }

    /// <summary>Bytes of content in memory at most.</summary>
    private protected virtual long EffectiveMemoryLimit => TransferSettings.DefaultMemoryLimit;

    /// <summary>The engine's client for this call, made when the first object needs it.</summary>
    private protected S3EncryptionClient Client => _client ??= Open();

    /// <summary>The bucket given, or the session's: a name, or the ARN of an access point. The ARN of a bucket is taken for its name.</summary>
    private protected string RequireBucket(string? given)
    {
        var bucket = given ?? SharedSession.Defaults.BucketName ?? throw Terminate(ErrorRecords.BucketNameRequired());
        return Core.Aws.BucketName.Of(bucket);
    }

    /// <summary>A listing, page after page as it is taken.</summary>
    private protected IEnumerable<ListedObject> List(string bucket, string prefix)
    {
        var listing = Client.ListAsync(bucket, prefix, ExpectedBucketOwner, StopToken).GetAsyncEnumerator(StopToken);
        try
        {
            // Most objects are in the page at hand.
            while (listing.MoveNextAsync().AsTask() is var next && (next.IsCompletedSuccessfully ? next.Result : Wait<bool>(_ => new(next))))
            {
                yield return listing.Current;
            }
        }
        finally
        {
            listing.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>The path of the file system that a path of PowerShell means.</summary>
    private protected string FileSystemPath(string path)
    {
        var resolved = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        return provider.Name == "FileSystem" ? resolved : throw Terminate(ErrorRecords.NotFileSystem(path, provider.Name));
    }

    /// <summary>A path as a user at the current location would name it.</summary>
    private protected string DisplayPath(string path) =>
        KeyMapper.Below(SessionState.Path.CurrentFileSystemLocation.ProviderPath, path) ?? path;

    /// <summary>How this call's objects are encrypted and which are accepted.</summary>
    private protected virtual EncryptionSettings Encryption() => new()
    {
        Key = KmsKeyId is { } given ? KeySource.Kms(given)
            : SharedSession.Defaults.KmsKeyId is { } usual ? KeySource.Kms(usual)
            : null,
        EncryptionContext = EncryptionContext.ToTextMap() ?? SharedSession.Defaults.EncryptionContext ?? new Dictionary<string, string>(),
        CommitmentPolicy = EnginePolicy(
            IsGiven(nameof(CommitmentPolicy)) ? CommitmentPolicy : SharedSession.Defaults.CommitmentPolicy ?? default),
    };

    private S3EncryptionClient Open()
    {
        var connection = Connection();
        var encryption = Encryption();
        var transfer = new TransferSettings { ThrottleLimit = EffectiveThrottleLimit, MemoryLimit = EffectiveMemoryLimit };
        return Wait(cancellationToken => new ValueTask<S3EncryptionClient>(
            SharedSession.Engine.OpenAsync(connection, encryption, transfer, cancellationToken)));
    }

    private static Core.Settings.CommitmentPolicy EnginePolicy(CommitmentPolicy policy) => policy switch
    {
        CommitmentPolicy.RequireEncryptRequireDecrypt => Core.Settings.CommitmentPolicy.RequireEncryptRequireDecrypt,
        CommitmentPolicy.RequireEncryptAllowDecrypt => Core.Settings.CommitmentPolicy.RequireEncryptAllowDecrypt,
        _ => Core.Settings.CommitmentPolicy.ForbidEncryptAllowDecrypt,
    };
}
