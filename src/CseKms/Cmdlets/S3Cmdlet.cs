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
    private ReceiptFile? _receipts;
    private DoneBefore? _doneBefore;

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

    /// <summary>
    /// A file that gets a receipt of each object: one line of JSON, written before the object's result is put out, and of failures too. More
    /// than one process of this machine may add to it. A new file can be read by you alone. See about_CseKms.
    /// </summary>
    public virtual string? ReceiptPath { get; set; }

    /// <summary>
    /// A file of receipts that an earlier call wrote. Of the objects given to this call those are passed over that it tells to be done, with the
    /// same file; what failed or is missing in it is run.
    /// </summary>
    public virtual string? RetryFrom { get; set; }

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
        OpenReceipts();
        var client = OpenClient();
        work.Enter(client, StopToken);
        Queue(work.Target, work.Address, work.Count, Failed, async cancellationToken =>
        {
            try
            {
                var result = await work.RunAsync(client, Progress, cancellationToken).ConfigureAwait(false);
                return new Finished(() =>
                {
                    NoteDone(result.Done);
                    Write(result);
                    work.Leave();
                })
                {
                    Receipts = ReceiptsOf(result),
                };
            }
            catch
            {
                work.Leave();
                throw;
            }
        });

        IReadOnlyList<Receipt> Failed(ErrorRecord error) =>
            [.. work.Objects.Select(address => new Receipt(address) { Path = work.FilePath, Error = error })];

        IReadOnlyList<Receipt> ReceiptsOf(WorkResult result) =>
        [
            .. result.Receipts,
            .. result.Error is { } error ? Failed(error) : [],
            .. result.Failures.Select(failed => new Receipt(failed.Address) { Error = ErrorRecords.From(this, failed.Failure, null, failed.Address) }),
        ];
    }

    /// <inheritdoc/>
    private protected override void KeepReceipts(IReadOnlyList<Receipt> receipts) => _receipts?.Add(receipts);

    /// <summary>Whether -RetryFrom tells that an object was done, with the same file.</summary>
    private protected bool IsDoneBefore(ObjectAddress address, string? path)
    {
        if (RetryFrom is null)
        {
            return false;
        }

        _doneBefore ??= ReadReceipts(FileSystemPath(RetryFrom));
        if (!_doneBefore.Contains(address, path))
        {
            return false;
        }

        this.Tell($"{address} was done before, as its receipt tells, and was passed over.");
        return true;
    }

    /// <summary>The path of a file.</summary>
    private protected string FileSystemPath(string path)
    {
        var resolved = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        return provider.Name == "FileSystem" ? resolved : throw Terminate(ErrorRecords.NotFileSystem(path, provider.Name));
    }

    private string Operation => MyInvocation.MyCommand.Name.Split('-')[0];

    private DoneBefore ReadReceipts(string path)
    {
        try
        {
            var receipts = new DoneBefore(path, Operation);
            if (receipts.UnreadLines > 0)
            {
                this.Warn($"{receipts.UnreadLines:N0} lines of '{path}' are no receipts and were passed over. A killed process leaves one.");
            }

            return receipts;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw Terminate(ErrorRecords.ReceiptsUnreadable(path, e));
        }
    }

    // Before any object is touched, so that none goes without.
    private void OpenReceipts()
    {
        if (ReceiptPath is null || _receipts is not null)
        {
            return;
        }

        _receipts = new ReceiptFile(FileSystemPath(ReceiptPath), Operation);
        try
        {
            _receipts.Add([]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw Terminate(ErrorRecords.ReceiptNotWritten(e));
        }
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
