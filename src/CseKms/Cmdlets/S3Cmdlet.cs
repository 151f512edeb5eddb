using System.Management.Automation;
using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Errors;
using CseKms.Work;

namespace CseKms.Cmdlets;

/// <summary>The bucket, its listings, and work on its objects.</summary>
public abstract class S3Cmdlet : AwsCmdlet
{
    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);
    private S3EncryptionClient? _client;

    /// <summary>The bucket: its name or ARN, or the ARN of an access point.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public virtual string? BucketName { get; set; }

    /// <summary>The account that must own the bucket; S3 denies the request otherwise.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public virtual string? ExpectedBucketOwner { get; set; }

    /// <summary>
    /// Say that the caller pays for the requests to S3, as a requester-pays bucket of somebody else asks for. Its only value is requester.
    /// </summary>
    [Parameter]
    [ValidateSet("requester")]
    public virtual string? RequestPayer
    {
        get => Given.RequesterPays == true ? "requester" : null;
        set => Given = Given with { RequesterPays = value is not null };
    }

    /// <inheritdoc/>
    private protected override string? WaitsInVain => _client?.WaitsInVain;

    /// <summary>The bucket that the progress bar speaks of.</summary>
    private protected string? NamedBucket => BucketName ?? SharedSession.Defaults.BucketName;

    /// <summary>The bucket given, or the session's: a name, or the ARN of an access point. The ARN of a bucket is taken for its name.</summary>
    private protected string RequireBucket() => RequireBucket(null);

    /// <summary>Another bucket that the call names, or if it names none the one that <see cref="RequireBucket()"/> tells.</summary>
    private protected string RequireBucket(string? other)
    {
        var given = other ?? NamedBucket ?? throw Terminate(ErrorRecords.BucketNameRequired());
        try
        {
            return Core.Aws.BucketName.Of(given);
        }
        catch (CseException failure)
        {
            throw Terminate(ErrorRecords.From(this, failure, given, null));
        }
    }

    /// <summary>An object of the bucket.</summary>
    private protected ObjectAddress AddressOf(string key, string? versionId = null) =>
        new(RequireBucket(), key, string.IsNullOrEmpty(versionId) ? null : versionId, ExpectedBucketOwner);

    /// <summary>A listing of the bucket, page after page as it is taken.</summary>
    private protected IEnumerable<ListedObject> List(string prefix) =>
        Take(OpenClient().ListAsync(RequireBucket(), prefix, ExpectedBucketOwner, StopToken));

    /// <summary>The versions and delete markers of the bucket, page after page as they are taken.</summary>
    private protected IEnumerable<ListedVersion> ListVersions(string prefix) =>
        Take(OpenClient().ListVersionsAsync(RequireBucket(), prefix, ExpectedBucketOwner, StopToken));

    /// <summary>The open multipart uploads of the bucket, page after page as they are taken.</summary>
    private protected IEnumerable<OpenUpload> ListUploads(string prefix) =>
        Take(OpenClient().ListUploadsAsync(RequireBucket(), prefix, ExpectedBucketOwner, StopToken));

    private IEnumerable<T> Take<T>(IAsyncEnumerable<T> items)
    {
        var listing = items.GetAsyncEnumerator(StopToken);
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

    /// <summary>Starts work on an object when there is a place for it.</summary>
    private protected void Start(ObjectWork work)
    {
        var client = OpenClient();
        work.Enter(client, StopToken);
        Queue(work.Target, work.Address, work.Count, async cancellationToken =>
        {
            try
            {
                var result = await work.RunAsync(client, Progress, cancellationToken).ConfigureAwait(false);
                return () =>
                {
                    NoteDone(result.Done);
                    Write(result);
                    work.Leave();
                };
            }
            catch
            {
                work.Leave();
                throw;
            }
        });
    }

    /// <summary>Writes what came of work on an object.</summary>
    private protected virtual void Write(WorkResult result)
    {
        if (result.Verbose is { } text)
        {
            this.Tell(text);
        }

        if (result.Warning is { } warning && _warned.Add(warning))
        {
            this.Warn(warning);
        }

        if (result.Error is { } error)
        {
            WriteError(error);
        }

        if (result.Output is { } output)
        {
            WriteObject(output, enumerateCollection: false);
        }

        foreach (var more in result.More)
        {
            WriteObject(more);
        }

        foreach (var (address, failure) in result.Failures)
        {
            WriteFailure(ErrorRecords.From(this, failure, null, address), failure);
        }
    }

    /// <summary>How this call's objects are encrypted and which are accepted.</summary>
    private protected virtual EncryptionSettings Encryption() => new();

    /// <summary>What this call's objects share.</summary>
    private protected virtual TransferSettings Transfer() => new() { ThrottleLimit = EffectiveThrottleLimit };

    // Signs in when the first object needs it.
    private S3EncryptionClient OpenClient()
    {
        if (_client is null)
        {
            var (connection, encryption, transfer) = (Connection(), Encryption(), Transfer());
            _client = Wait(cancellationToken => new ValueTask<S3EncryptionClient>(
                SharedSession.Engine.OpenAsync(connection, encryption, transfer, cancellationToken)));
        }

        return _client;
    }
}
