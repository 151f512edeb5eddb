using System.Runtime.CompilerServices;
using CseKms.Core.Aws;
using CseKms.Core.Aws.Http;
using CseKms.Core.Content;
using CseKms.Core.Format;
using CseKms.Core.Materials;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;

namespace CseKms.Core.Session;

/// <summary>Sends, lists and receives encrypted objects for one call of a cmdlet. Thread-safe; every failure is a <see cref="CseException"/>.</summary>
public sealed class S3EncryptionClient
{
    /// <summary>What an instruction file's key adds to the key of its object, unless its writer chose something else.</summary>
    public const string InstructionFileSuffix = InstructionFile.Suffix;

    private readonly TransferCounters _counters;
    private readonly KmsKeyFinder? _keyFinder;
    private readonly CryptographicMaterialsManager? _materialsManager;
    private readonly TransferScheduler _scheduler;
    private readonly PipelineMemory _pipeline;
    private readonly long _memoryLimit;
    private readonly ReceivingFolders _folders = new();
    private readonly CallWatch _watch;
    private readonly StoredAttributes _storedAttributes;

    internal S3EncryptionClient(
        S3Gateway s3,
        TransferCounters counters,
        CryptographicMaterialsManager? materialsManager,
        TransferSettings settings,
        KmsKeyFinder? keyFinder = null)
    {
        _keyFinder = keyFinder;
        _counters = counters;
        _materialsManager = materialsManager;

        // Kept apart, so that nobody who holds the one waits for the other. What comes needs room for a part.
        var incoming = settings.GoesToPipeline ? Math.Max(settings.MemoryLimit / 4, Part.BufferSize) : settings.MemoryLimit;
        _scheduler = new TransferScheduler(s3, settings with { MemoryLimit = incoming });
        _pipeline = new PipelineMemory(Math.Max(0, settings.MemoryLimit - incoming));
        _memoryLimit = settings.MemoryLimit;
        _watch = new CallWatch(settings.Limits);
        _storedAttributes = new StoredAttributes(_scheduler);
    }

    /// <summary>Wraps data keys of objects that take the place of stored ones.</summary>
    internal CryptographicMaterialsManager? Rewrapping { private get; init; }

    /// <summary>The pairs that such objects carry, in place of those that they carry already.</summary>
    internal IReadOnlyDictionary<string, string>? NewPairs { private get; init; }

    private CryptographicMaterialsManager MaterialsManager => _materialsManager
        ?? throw new CseException(ErrorId.KmsKeyIdRequired, "No KMS key was named.");

    /// <summary>
    /// The endpoint that the call has been waiting for without any progress for <see cref="TimeLimits.Notice"/>, or
    /// <see langword="null"/>.
    /// </summary>
    public string? WaitsInVain => _watch.WaitsInVain;

    /// <summary>Where the instruction file of an object is stored.</summary>
    /// <param name="address">The object.</param>
    /// <param name="suffix">What the file's key adds to the object's key.</param>
    public static ObjectAddress InstructionFileOf(ObjectAddress address, string suffix = InstructionFileSuffix) =>
        address with { Key = InstructionFile.KeyOf(address.Key, suffix) };

    /// <summary>Lists the objects whose keys begin with a prefix, in the order of S3, page after page as they are taken.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="prefix">The raw prefix; empty for all objects.</param>
    /// <param name="expectedBucketOwner">Account that must own the bucket, if given.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    public IAsyncEnumerable<ListedObject> ListAsync(
        string bucket, string prefix, string? expectedBucketOwner, CancellationToken cancellationToken) =>
        WatchAsync(_scheduler.S3.ListAsync(bucket, prefix, expectedBucketOwner, cancellationToken), cancellationToken);

    /// <summary>Lists the versions and delete markers of the keys that begin with a prefix, the newest of each key first.</summary>
    /// <inheritdoc cref="ListAsync" path="/param"/>
    public IAsyncEnumerable<ListedVersion> ListVersionsAsync(
        string bucket, string prefix, string? expectedBucketOwner, CancellationToken cancellationToken) =>
        WatchAsync(_scheduler.S3.ListVersionsAsync(bucket, prefix, expectedBucketOwner, cancellationToken), cancellationToken);

    /// <summary>Lists the multipart uploads that were neither completed nor dropped, of objects whose keys begin with a prefix.</summary>
    /// <inheritdoc cref="ListAsync" path="/param"/>
    public IAsyncEnumerable<OpenUpload> ListUploadsAsync(
        string bucket, string prefix, string? expectedBucketOwner, CancellationToken cancellationToken) =>
        WatchAsync(_scheduler.S3.ListUploadsAsync(bucket, prefix, expectedBucketOwner, cancellationToken), cancellationToken);

    /// <summary>Drops a multipart upload and the parts that S3 holds of it.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.UploadVanished"/> when there is none, and others.</exception>
    public async Task DropUploadAsync(ObjectAddress address, string uploadId, CancellationToken cancellationToken)
    {
        CallWatch.Current = _watch;
        await _scheduler.RequestAsync(
            async s3 =>
            {
                await s3.AbortMultipartUploadAsync(address, uploadId, atOnce: false, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes objects of one bucket and the instruction files that go with them.</summary>
    /// <returns>What became of each, in the order in which they were given.</returns>
    public Task<IReadOnlyList<RemovedObject>> RemoveAsync(RemovalRequest request, CancellationToken cancellationToken)
    {
        CallWatch.Current = _watch;
        return new Removal(_scheduler, request, cancellationToken).RunAsync();
    }

    /// <summary>Whether there is an object.</summary>
    /// <exception cref="CseException">It cannot be told.</exception>
    public async Task<bool> ExistsAsync(ObjectAddress address, CancellationToken cancellationToken)
    {
        CallWatch.Current = _watch;
        try
        {
            await RemoteObject.FindAsync(_scheduler, address, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (CseException failure) when (failure.ErrorId is ErrorId.NoSuchKey or ErrorId.DeleteMarker)
        {
            return false;
        }
    }

    /// <inheritdoc cref="DescribeAsync(ObjectAddress, string, CancellationToken)"/>
    public Task<ObjectDescription> DescribeAsync(ObjectAddress address, CancellationToken cancellationToken) =>
        DescribeAsync(address, InstructionFileSuffix, cancellationToken);

    /// <summary>Tells size, metadata and envelope of an object without reading it.</summary>
    /// <param name="address">The object.</param>
    /// <param name="instructionFileSuffix">What an instruction file's key adds to the object's key.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="CseException">There is no such object, or its envelope is damaged.</exception>
    public async Task<ObjectDescription> DescribeAsync(
        ObjectAddress address, string instructionFileSuffix, CancellationToken cancellationToken)
    {
        CallWatch.Current = _watch;
        var remote = await RemoteObject.FindAsync(_scheduler, address, cancellationToken).ConfigureAwait(false);
        var metadata = await new EnvelopeFinder(_scheduler, instructionFileSuffix).TryFindAsync(remote, cancellationToken).ConfigureAwait(false);
        return ObjectDescription.Of(remote.Head, metadata);
    }

    /// <summary>Tells what an object is: encrypted or not, and what it looks like if it is not.</summary>
    /// <inheritdoc cref="DescribeAsync(ObjectAddress, string, CancellationToken)" path="/param"/>
    /// <exception cref="CseException">There is no such object, or its envelope is damaged.</exception>
    public Task<SurveyedObject> SurveyAsync(ObjectAddress address, string instructionFileSuffix, CancellationToken cancellationToken)
    {
        CallWatch.Current = _watch;
        return new ObjectSurvey(_scheduler, instructionFileSuffix).RunAsync(address, cancellationToken);
    }

    /// <summary>Has KMS tell under which of its keys an object's data key is wrapped. The data key is not used.</summary>
    /// <param name="envelope">The object's envelope.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The key, or <see langword="null"/> when no key of KMS wrapped it.</returns>
    /// <exception cref="CseException">KMS does not open the data key.</exception>
    public Task<FoundKmsKey?> FindKmsKeyAsync(EnvelopeDescription envelope, CancellationToken cancellationToken)
    {
        CallWatch.Current = _watch;
        return _keyFinder!.FindAsync(envelope.Metadata, cancellationToken);
    }

    /// <summary>Whether an object is the instruction file of another one that exists.</summary>
    /// <param name="address">The object.</param>
    /// <param name="suffix">What the instruction file's key adds to the other's key.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task<bool> IsInstructionFileAsync(ObjectAddress address, string suffix, CancellationToken cancellationToken)
    {
        CallWatch.Current = _watch;
        return new ObjectSurvey(_scheduler, suffix).IsInstructionFileAsync(address, cancellationToken);
    }

    /// <summary>Encrypts and stores an object.</summary>
    /// <exception cref="CseException">Nothing was stored.</exception>
    public async Task<TransferResult> UploadAsync(UploadRequest request, ITransferObserver observer, CancellationToken cancellationToken)
    {
        CallWatch.Current = _watch;
        var upload = new Upload(_scheduler, MaterialsManager, request, observer, cancellationToken);
        var result = await upload.RunAsync().ConfigureAwait(false);
        _counters.Sent(result.PlaintextSize);
        return result;
    }

    /// <summary>Receives an object into a file, which appears only when the object is verified.</summary>
    /// <exception cref="CseException">No file was made or changed.</exception>
    public async Task<TransferResult> DownloadAsync(
        DownloadRequest request, FileDestination destination, ITransferObserver observer, CancellationToken cancellationToken)
    {
        using var sink = new FileSink(destination, _folders, request.Keep);
        sink.Prepare(observer.TemporaryFileLeft);
        var result = await DownloadAsync(request, sink, observer, cancellationToken).ConfigureAwait(false);
        if (sink.MayHaveReplaced && _folders.IsToBeWarnedOf())
        {
            observer.MayHaveReplaced(destination.Path);
        }

        return result;
    }

    /// <summary>Takes an object's place among those that go to the pipeline. To be called in the order in which they are written.</summary>
    /// <param name="length">Bytes of plaintext that are expected; more are received too, but one object after another.</param>
    /// <param name="isText">Whether they become text.</param>
    /// <param name="cancellationToken">Ends every wait for memory.</param>
    /// <returns>The share of the memory limit, to be given back when the object was written or failed.</returns>
    public PipelineRoom Reserve(long length, bool isText, CancellationToken cancellationToken) => _pipeline.Reserve(length, isText, cancellationToken);

    /// <inheritdoc cref="DownloadBytesAsync(DownloadRequest, PipelineRoom?, ITransferObserver, CancellationToken)"/>
    public Task<(TransferResult Result, byte[] Plaintext)> DownloadBytesAsync(
        DownloadRequest request, ITransferObserver observer, CancellationToken cancellationToken) =>
        DownloadBytesAsync(request, null, observer, cancellationToken);

    /// <summary>Receives an object into memory, for the pipeline. The caller zeroes the bytes after use.</summary>
    /// <param name="request">The object.</param>
    /// <param name="room">Its share of the memory; the caller keeps count of it unless given.</param>
    /// <param name="observer">Is told how it goes on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CseException"><see cref="ErrorId.TooLargeForPipeline"/> beyond the memory limit, and others.</exception>
    public async Task<(TransferResult Result, byte[] Plaintext)> DownloadBytesAsync(
        DownloadRequest request, PipelineRoom? room, ITransferObserver observer, CancellationToken cancellationToken)
    {
        await (room?.EnterAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        using var sink = new MemorySink(_memoryLimit, room);
        var result = await DownloadAsync(request, sink, observer, cancellationToken).ConfigureAwait(false);
        return (result, sink.Bytes);
    }

    /// <summary>Fetches and decrypts an object and keeps nothing of it: whether it is what its writer encrypted.</summary>
    /// <exception cref="CseException">It could not be tested.</exception>
    public Task<ObjectFinding> VerifyAsync(DownloadRequest request, ITransferObserver observer, CancellationToken cancellationToken) =>
        TestAsync(new BodyTest(_scheduler, MaterialsManager, request, file: null, observer, cancellationToken));

    /// <summary>Reads an object's envelope and unwraps its data key: whether the caller has the key, and the envelope is whole.</summary>
    /// <exception cref="CseException">It could not be tested.</exception>
    public Task<ObjectFinding> VerifyEnvelopeAsync(DownloadRequest request, CancellationToken cancellationToken) =>
        TestAsync(new EnvelopeTest(_scheduler, MaterialsManager, request, cancellationToken));

    /// <summary>
    /// Compares the tag of an object with that of local content, by reading 16 bytes of it: whether the content was sent under this
    /// envelope. Whether the stored body is intact is not looked at. Of an object without a tag nothing is found.
    /// </summary>
    /// <exception cref="CseException">It could not be tested, or the content could not be read.</exception>
    public Task<ObjectFinding> CompareTagAsync(
        DownloadRequest request, UploadSource content, ITransferObserver observer, CancellationToken cancellationToken) =>
        TestAsync(new TagComparison(_scheduler, MaterialsManager, request, content, observer, cancellationToken));

    /// <summary>Fetches and decrypts an object and compares it with a file: whether it is what its writer encrypted, and is the file.</summary>
    /// <param name="request">The object.</param>
    /// <param name="path">The absolute path of the file.</param>
    /// <param name="below">A folder above it below which no link is followed, if any.</param>
    /// <param name="observer">Is told how it goes on.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="CseException">It could not be tested, or the file could not be read.</exception>
    public async Task<ObjectFinding> CompareContentAsync(
        DownloadRequest request, string path, string? below, ITransferObserver observer, CancellationToken cancellationToken)
    {
        using var file = new ComparingSink(new FileContent(path, below));
        var finding = await TestAsync(new BodyTest(_scheduler, MaterialsManager, request, file, observer, cancellationToken)).ConfigureAwait(false);
        if (finding.Failure?.ErrorId != ErrorId.AuthenticationFailed)
        {
            return finding;
        }

        // Where the body is damaged, the tag still tells whether it once was this file.
        var tag = await CompareTagAsync(request, UploadSource.FromFile(path, below), observer, cancellationToken).ConfigureAwait(false);
        return finding with { TagMatches = tag.TagMatches };
    }

    /// <summary>Tells whether an object holds what a file holds, by its tag; by its content where it has none, or where that is asked for.</summary>
    /// <param name="request">The object, with its size.</param>
    /// <param name="path">The absolute path of the file.</param>
    /// <param name="length">Bytes of the file. Where the object's size shows that it cannot be the same, nothing is asked for.</param>
    /// <param name="below">A folder above it below which no link is followed.</param>
    /// <param name="readsContent">Whether the object's content is read, which shows that it is intact too.</param>
    /// <param name="observer">Is told how it goes on.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="CseException">It could not be told, or the file could not be read.</exception>
    public async Task<FileComparison> CompareFileAsync(
        DownloadRequest request,
        string path,
        long length,
        string below,
        bool readsContent,
        ITransferObserver observer,
        CancellationToken cancellationToken)
    {
        if (request.SizeHint is { } size && !FileComparison.IsPossible(size, length))
        {
            return new FileComparison(IsSame: false);
        }

        if (!readsContent)
        {
            var tag = await CompareTagAsync(request, UploadSource.FromFile(path, below), observer, cancellationToken).ConfigureAwait(false);
            if (tag.Failure is not null || tag.TagMatches is not null)
            {
                return new FileComparison(tag.TagMatches == true, tag.Failure);
            }
        }

        var content = await CompareContentAsync(request, path, below, observer, cancellationToken).ConfigureAwait(false);
        return new FileComparison(content.Failure is null && content.ContentMatches == true, content.Failure);
    }

    private async Task<ObjectFinding> TestAsync(ObjectTest test)
    {
        CallWatch.Current = _watch;
        return await test.RunAsync().ConfigureAwait(false);
    }

    /// <summary>Wraps the data key of a stored object anew. Its content stays as it is, and does not leave S3.</summary>
    /// <exception cref="CseException">The object is as it was, unless <see cref="ErrorId.EnvelopeNotStored"/> says otherwise.</exception>
    public Task<RewrapResult> RewrapAsync(RewrapRequest request, ITransferObserver observer, CancellationToken cancellationToken)
    {
        CallWatch.Current = _watch;
        return new Rewrap(_scheduler, MaterialsManager, RequireRewrapping(), NewPairs, _storedAttributes, request, observer, cancellationToken).RunAsync();
    }

    /// <summary>Copies an encrypted object inside S3, its envelope with it.</summary>
    /// <exception cref="CseException">
    /// Nothing was stored, unless <see cref="ErrorId.EnvelopeNotStored"/> or <see cref="ErrorId.InstructionFileNotStored"/> says otherwise.
    /// </exception>
    public Task<RewrapResult> CopyAsync(CopyRequest request, ITransferObserver observer, CancellationToken cancellationToken)
    {
        CallWatch.Current = _watch;
        return new EncryptedCopy(
            _scheduler, () => (MaterialsManager, RequireRewrapping()), NewPairs, _storedAttributes, request, observer, cancellationToken).RunAsync();
    }

    /// <summary>Puts a lost envelope back, when it was proved by decrypting the whole object to its tag.</summary>
    /// <returns>What was done; <see langword="null"/> when that was not approved.</returns>
    /// <exception cref="CseException">The object is as it was, unless <see cref="ErrorId.EnvelopeNotStored"/> says otherwise.</exception>
    public Task<RepairResult?> RepairAsync(RepairRequest request, ITransferObserver observer, CancellationToken cancellationToken)
    {
        CallWatch.Current = _watch;
        return new Repair(_scheduler, MaterialsManager, RequireRewrapping(), _storedAttributes, request, observer, cancellationToken).RunAsync();
    }

    /// <summary>Encrypts a stored object anew, as V3 under a new data key.</summary>
    /// <exception cref="CseException">The object is as it was.</exception>
    public Task<RewrapResult> UpgradeAsync(RewrapRequest request, ITransferObserver observer, CancellationToken cancellationToken)
    {
        CallWatch.Current = _watch;
        return new Upgrade(_scheduler, MaterialsManager, RequireRewrapping(), NewPairs, _storedAttributes, request, observer, cancellationToken).RunAsync();
    }

    private CryptographicMaterialsManager RequireRewrapping() =>
        Rewrapping ?? throw new CseException(ErrorId.KmsKeyIdRequired, "No key was named.");

    private async IAsyncEnumerable<T> WatchAsync<T>(IAsyncEnumerable<T> listing, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var items = listing.GetAsyncEnumerator(cancellationToken);
        await using (items.ConfigureAwait(false))
        {
            while (true)
            {
                // Each step runs in the flow of whoever takes it.
                CallWatch.Current = _watch;
                if (!await items.MoveNextAsync().ConfigureAwait(false))
                {
                    yield break;
                }

                yield return items.Current;
            }
        }
    }

    private async Task<TransferResult> DownloadAsync(
        DownloadRequest request, IPlaintextSink sink, ITransferObserver observer, CancellationToken cancellationToken)
    {
        CallWatch.Current = _watch;
        var download = new Download(_scheduler, MaterialsManager, request, sink, observer, cancellationToken);
        var result = await download.RunAsync().ConfigureAwait(false);
        _counters.Received(result.PlaintextSize);
        return result;
    }
}
