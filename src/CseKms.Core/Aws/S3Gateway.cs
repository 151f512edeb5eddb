using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Amazon.S3;
using Amazon.S3.Model;
using CseKms.Core.Aws.Http;
using CseKms.Core.Format;

namespace CseKms.Core.Aws;

/// <summary>The calls of S3 that the transfer makes. Thread-safe; throws <see cref="CseException"/>.</summary>
internal sealed partial class S3Gateway
{
    private const string MetadataPrefix = "x-amz-meta-";

    // Whose pace is remembered.
    private const int MostBuckets = 256;

    private readonly ServiceEndpoint _endpoint;
    private readonly Func<ServiceEndpoint, IAmazonS3> _newClient;
    private readonly ConcurrentDictionary<string, Lazy<IAmazonS3>> _clients = new();
    private readonly ConcurrentDictionary<string, string> _bucketRegions = new();
    private readonly ConcurrentDictionary<string, bool> _answering = new();
    private readonly RecentlyUsed<(string Bucket, string Region), RequestRunner> _runners = new(MostBuckets);
    private readonly bool _mustSignPayload;

    /// <param name="endpoint">Where buckets are sought first.</param>
    /// <param name="newClient">Makes a client for that endpoint, or for the same in another region where a bucket turns out to be.</param>
    public S3Gateway(ServiceEndpoint endpoint, Func<ServiceEndpoint, IAmazonS3> newClient)
    {
        _endpoint = endpoint;
        _newClient = newClient;

        // The SDK refuses an unsigned payload over plain HTTP; over HTTPS the connection protects it already.
        _mustSignPayload = endpoint.Url?.StartsWith("http://", StringComparison.OrdinalIgnoreCase) == true;
    }

    /// <summary>Stores a whole object.</summary>
    /// <param name="address">Where.</param>
    /// <param name="attributes">What stands beside the bytes.</param>
    /// <param name="metadata">All user metadata, the envelope's included.</param>
    /// <param name="condition">What must hold of what is there.</param>
    /// <param name="body">The bytes; unchanged until the call has ended.</param>
    /// <param name="signsPayload">Sign the bytes over HTTPS too.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task<StoredObject> PutAsync(
        ObjectAddress address,
        ObjectAttributes attributes,
        IReadOnlyDictionary<string, string> metadata,
        WriteCondition condition,
        ArraySegment<byte> body,
        bool signsPayload,
        CancellationToken cancellationToken) =>
        EnsureAsync(condition, address, CallAsync("PutObject", address, async client =>
        {
            var request = new PutObjectRequest
            {
                BucketName = address.BucketName,
                Key = address.Key,
                ExpectedBucketOwner = address.ExpectedBucketOwner,
                InputStream = Read(body),
                ChecksumCRC32 = SendsChecksum(attributes) ? Crc32Text.Of(body) : null,
                DisablePayloadSigning = !(_mustSignPayload || signsPayload),
                UseChunkEncoding = false,
                StorageClass = attributes.StorageClass,
                ServerSideEncryptionMethod = attributes.ServerSideEncryption,
                ServerSideEncryptionKeyManagementServiceKeyId = attributes.ServerSideEncryptionKmsKeyId,
                BucketKeyEnabled = attributes.BucketKeyEnabled,
                WebsiteRedirectLocation = attributes.WebsiteRedirectLocation,
                TagSet = Tags(attributes),
                CannedACL = attributes.CannedAcl,
                ObjectLockMode = attributes.ObjectLockMode,
                ObjectLockRetainUntilDate = attributes.ObjectLockRetainUntil?.UtcDateTime,
                ObjectLockLegalHoldStatus = attributes.ObjectLockLegalHold,
                IfNoneMatch = condition.IfNoneMatch,
                IfMatch = condition.IfMatch,
            };
            Fill(request.Headers, attributes);
            Fill(request.Metadata, metadata);
            var response = await client.PutObjectAsync(request, cancellationToken).ConfigureAwait(false);
            return string.IsNullOrEmpty(response.ETag) ? throw NoAnswer("PutObject", address, "it has no ETag")
                : IsOther(response.ChecksumCRC32, request.ChecksumCRC32) ? throw NoAnswer("PutObject", address, "it tells of other bytes than were sent")
                : new StoredObject(response.ETag, response.VersionId);
        }, cancellationToken));

    /// <summary>Begins a multipart upload and returns its id.</summary>
    /// <param name="address">The object.</param>
    /// <param name="attributes">What stands beside the bytes.</param>
    /// <param name="metadata">All user metadata, the envelope's included.</param>
    /// <param name="mayBeOpen">Is called when an answer was lost or was none: an upload may be open whose id nobody knows.</param>
    /// <param name="answerToken">Ends the wait for the answer to a request that is sent. It is cancelled later than the other one.</param>
    /// <param name="cancellationToken">Ends all other waits.</param>
    public Task<string> CreateMultipartUploadAsync(
        ObjectAddress address,
        ObjectAttributes attributes,
        IReadOnlyDictionary<string, string> metadata,
        Action mayBeOpen,
        CancellationToken answerToken,
        CancellationToken cancellationToken) =>
        CallAsync("CreateMultipartUpload", address, async client =>
        {
            var request = new InitiateMultipartUploadRequest
            {
                BucketName = address.BucketName,
                Key = address.Key,
                ExpectedBucketOwner = address.ExpectedBucketOwner,
                ChecksumAlgorithm = SendsChecksum(attributes) ? ChecksumAlgorithm.CRC32 : null,
                StorageClass = attributes.StorageClass,
                ServerSideEncryptionMethod = attributes.ServerSideEncryption,
                ServerSideEncryptionKeyManagementServiceKeyId = attributes.ServerSideEncryptionKmsKeyId,
                BucketKeyEnabled = attributes.BucketKeyEnabled,
                WebsiteRedirectLocation = attributes.WebsiteRedirectLocation,
                TagSet = Tags(attributes),
                CannedACL = attributes.CannedAcl,
                ObjectLockMode = attributes.ObjectLockMode,
                ObjectLockRetainUntilDate = attributes.ObjectLockRetainUntil?.UtcDateTime,
                ObjectLockLegalHoldStatus = attributes.ObjectLockLegalHold,
            };
            Fill(request.Headers, attributes);
            Fill(request.Metadata, metadata);
            var response = await client.InitiateMultipartUploadAsync(request, answerToken).ConfigureAwait(false);
            return string.IsNullOrEmpty(response.UploadId) ? throw NoAnswer("CreateMultipartUpload", address, "it has no upload id") : response.UploadId;
        }, cancellationToken, isUnanswered: mayBeOpen);

    /// <summary>Uploads one part.</summary>
    /// <param name="address">The object.</param>
    /// <param name="attributes">What stands beside the bytes.</param>
    /// <param name="uploadId">The upload.</param>
    /// <param name="partNumber">From 1.</param>
    /// <param name="body">The bytes; unchanged until the call has ended.</param>
    /// <param name="crc32">Their CRC32, which S3 verifies.</param>
    /// <param name="signsPayload">Sign the bytes over HTTPS too.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task<UploadedPart> UploadPartAsync(
        ObjectAddress address,
        ObjectAttributes attributes,
        string uploadId,
        int partNumber,
        ArraySegment<byte> body,
        uint crc32,
        bool signsPayload,
        CancellationToken cancellationToken) =>
        CallAsync("UploadPart", address, async client =>
        {
            var checksum = Crc32Text.Of(crc32);
            var response = await client.UploadPartAsync(
                new UploadPartRequest
                {
                    BucketName = address.BucketName,
                    Key = address.Key,
                    ExpectedBucketOwner = address.ExpectedBucketOwner,
                    UploadId = uploadId,
                    PartNumber = partNumber,
                    PartSize = body.Count,
                    InputStream = Read(body),
                    ChecksumCRC32 = SendsChecksum(attributes) ? checksum : null,
                    DisablePayloadSigning = !(_mustSignPayload || signsPayload),
                    UseChunkEncoding = false,
                },
                cancellationToken).ConfigureAwait(false);
            return string.IsNullOrEmpty(response.ETag) ? throw NoAnswer("UploadPart", address, "it has no ETag", RepeatReason.Broken)
                : IsOther(response.ChecksumCRC32, checksum) ? throw NoAnswer("UploadPart", address, "it tells of other bytes than were sent", RepeatReason.Broken)
                : new UploadedPart(partNumber, response.ETag, checksum);
        }, cancellationToken);

    /// <summary>Makes the uploaded parts one object.</summary>
    public Task<StoredObject> CompleteMultipartUploadAsync(
        ObjectAddress address,
        ObjectAttributes attributes,
        string uploadId,
        IReadOnlyCollection<UploadedPart> parts,
        WriteCondition condition,
        CancellationToken cancellationToken) =>
        EnsureAsync(condition, address, CallAsync("CompleteMultipartUpload", address, async client =>
        {
            var response = await client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest
                {
                    BucketName = address.BucketName,
                    Key = address.Key,
                    ExpectedBucketOwner = address.ExpectedBucketOwner,
                    UploadId = uploadId,
                    PartETags = [.. parts.Select(part => new PartETag(part.Number, EntityTag.Strong(part.ETag))
                    {
                        ChecksumCRC32 = SendsChecksum(attributes) ? part.Crc32 : null,
                    })],
                    IfNoneMatch = condition.IfNoneMatch,
                    IfMatch = condition.IfMatch,
                },
                cancellationToken).ConfigureAwait(false);
            return string.IsNullOrEmpty(response.ETag) ? throw NoAnswer("CompleteMultipartUpload", address, "it has no ETag")
                : new StoredObject(response.ETag, response.VersionId);
        }, cancellationToken));

    /// <summary>Drops an upload and the parts that S3 holds of it.</summary>
    /// <param name="address">The object.</param>
    /// <param name="uploadId">The upload.</param>
    /// <param name="atOnce">Whether it must not wait for the pace of S3, as cleaning up must not.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="CseException"><see cref="ErrorId.UploadVanished"/> when there is none, and others.</exception>
    public Task AbortMultipartUploadAsync(ObjectAddress address, string uploadId, bool atOnce, CancellationToken cancellationToken)
    {
        var isRepeated = false;
        return CallAsync("AbortMultipartUpload", address, async client =>
        {
            var isFirst = !isRepeated;
            isRepeated = true;
            try
            {
                var response = await client.AbortMultipartUploadAsync(
                    new AbortMultipartUploadRequest
                    {
                        BucketName = address.BucketName,
                        Key = address.Key,
                        ExpectedBucketOwner = address.ExpectedBucketOwner,
                        UploadId = uploadId,
                    },
                    cancellationToken).ConfigureAwait(false);
                return response.HttpStatusCode == HttpStatusCode.NoContent ? true
                    : throw NoAnswer("AbortMultipartUpload", address, $"it has the status {(int)response.HttpStatusCode}", RepeatReason.Broken);
            }
            catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchUpload" && !isFirst)
            {
                // Dropped by the request whose answer was lost.
                return true;
            }
        }, cancellationToken, atOnce: atOnce);
    }

    /// <summary>Asks for bytes <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
    /// <param name="address">The object.</param>
    /// <param name="first">Offset of the first byte.</param>
    /// <param name="last">Offset of the last byte; it may lie beyond the object's end.</param>
    /// <param name="etag">ETag that the object must have, if one is known.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The answer, whose body the caller disposes; <see langword="null"/> when the object has no byte in that range.</returns>
    public Task<RangeResponse?> GetRangeAsync(
        ObjectAddress address, long first, long last, string? etag, CancellationToken cancellationToken) =>
        GetRangeAsync(address, new ByteRange(first, last), total => (first, Math.Min(last, total - 1)), etag, cancellationToken);

    /// <summary>Asks for the last bytes of an object.</summary>
    /// <param name="address">The object.</param>
    /// <param name="length">How many; all of them when it has fewer.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The answer, whose body the caller disposes; <see langword="null"/> when the object has no byte.</returns>
    public Task<RangeResponse?> GetLastAsync(ObjectAddress address, int length, CancellationToken cancellationToken) =>
        GetRangeAsync(
            address, new ByteRange($"bytes=-{length}"), total => (Math.Max(0, total - length), total - 1), etag: null, cancellationToken);

    // A range may be asked for before the total is known; by the total, the answer must be the range that was meant.
    private Task<RangeResponse?> GetRangeAsync(
        ObjectAddress address, ByteRange range, Func<long, (long First, long Last)> meant, string? etag, CancellationToken cancellationToken) =>
        CallAsync("GetObject", address, async client =>
        {
            GetObjectResponse response;
            try
            {
                response = await client.GetObjectAsync(
                    new GetObjectRequest
                    {
                        BucketName = address.BucketName,
                        Key = address.Key,
                        VersionId = address.VersionId,
                        ExpectedBucketOwner = address.ExpectedBucketOwner,
                        ByteRange = range,
                        EtagToMatch = EntityTag.IsWeak(etag) ? null : etag,
                    },
                    cancellationToken).ConfigureAwait(false);
            }
            catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                return null;
            }

            if (!string.IsNullOrEmpty(response.ETag)
                && response.HttpStatusCode == HttpStatusCode.PartialContent
                && ContentRange().Match(response.ContentRange ?? "") is { Success: true } told
                && Number(told.Groups["total"]) is { } total
                && meant(total) is var (first, last)
                && Number(told.Groups["first"]) == first
                && Number(told.Groups["last"]) == last)
            {
                return new RangeResponse(
                    response.ResponseStream,
                    first,
                    (int)(last - first + 1),
                    new ObjectHead(total, response.ETag, response.VersionId, response.LastModified, Strip(response.Metadata)));
            }

            response.Dispose();
            throw NoAnswer(
                "GetObject", address, $"of {range.FormattedByteRange}, it has the status {(int)response.HttpStatusCode} and the range '{response.ContentRange}'", RepeatReason.Broken);
        }, cancellationToken);

    /// <summary>Size and metadata of an object.</summary>
    /// <param name="address">The object.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <param name="withChecksum">Ask for the checksum too, which takes the right to decrypt where S3 encrypts with a KMS key.</param>
    public async Task<ObjectHead> HeadAsync(ObjectAddress address, CancellationToken cancellationToken, bool withChecksum = false)
    {
        try
        {
            return await OnceAsync().ConfigureAwait(false);
        }
        catch (CseException failure) when (IsSilentOnCause(failure, address.BucketName))
        {
            // A refused HEAD has a status and no more. GET takes the same rights, and is told the cause.
            var first = await GetRangeAsync(address, 0, 0, etag: null, cancellationToken).ConfigureAwait(false);
            first?.Body.Dispose();
        }

        // What was the cause has passed, or was found out: the bucket's region.
        return await OnceAsync().ConfigureAwait(false);

        Task<ObjectHead> OnceAsync() => CallAsync("HeadObject", address, async client =>
        {
            var response = await client.GetObjectMetadataAsync(
                new GetObjectMetadataRequest
                {
                    BucketName = address.BucketName,
                    Key = address.Key,
                    VersionId = address.VersionId,
                    ExpectedBucketOwner = address.ExpectedBucketOwner,
                    ChecksumMode = withChecksum ? ChecksumMode.ENABLED : null,
                },
                cancellationToken).ConfigureAwait(false);
            var problem = response.HttpStatusCode != HttpStatusCode.OK ? $"it has the status {(int)response.HttpStatusCode}"
                : string.IsNullOrEmpty(response.ETag) ? "it has no ETag"
                : string.IsNullOrEmpty(response.Headers["Content-Length"]) ? "it has no length"
                : null;
            return problem is not null ? throw NoAnswer("HeadObject", address, problem, RepeatReason.Broken) : new ObjectHead(
                response.ContentLength, response.ETag, response.VersionId, response.LastModified, Strip(response.Metadata))
            {
                StorageClass = response.StorageClass?.Value,
                Crc32 = response.ChecksumCRC32,
                Attributes = Attributes(response),
                MissingMetadata = response.MissingMeta ?? 0,
            };
        }, cancellationToken);
    }

    /// <summary>Lists the objects whose keys begin with <paramref name="prefix"/>, page after page, as S3 orders them.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.ListingIncomplete"/> when a page is none, or leads nowhere.</exception>
    public async IAsyncEnumerable<ListedObject> ListAsync(
        string bucket, string prefix, string? expectedBucketOwner, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request
        {
            BucketName = bucket,
            Prefix = prefix,
            ExpectedBucketOwner = expectedBucketOwner,

            // XML cannot carry all keys.
            Encoding = EncodingType.Url,
        };
        var pages = new ListingPages("ListObjectsV2", bucket, prefix);
        do
        {
            var page = await PageAsync(
                pages,
                "ListObjectsV2",
                bucket,
                client => client.ListObjectsV2Async(request, cancellationToken),
                answer => pages.Check(answer.Name, answer.Prefix, answer.IsTruncated, answer.Encoding == EncodingType.Url),
                cancellationToken).ConfigureAwait(false);
            var isEncoded = page.Encoding == EncodingType.Url;
            request.ContinuationToken = pages.Next(page.IsTruncated, page.NextContinuationToken);
            foreach (var item in page.S3Objects ?? [])
            {
                var key = pages.Key(item.Key, isEncoded, isWhole: item.Size is not null && !string.IsNullOrEmpty(item.ETag));
                yield return new ListedObject(bucket, key, item.Size!.Value, item.ETag, item.LastModified, item.StorageClass?.Value);
            }
        }
        while (request.ContinuationToken is not null);
    }

    /// <summary>
    /// Lists the versions and delete markers of the keys that begin with <paramref name="prefix"/>: keys as S3 orders them, the newest of each
    /// first. A bucket that never kept versions has one of each key, named <c>null</c>.
    /// </summary>
    /// <exception cref="CseException"><see cref="ErrorId.ListingIncomplete"/> when a page is none, or leads nowhere.</exception>
    public async IAsyncEnumerable<ListedVersion> ListVersionsAsync(
        string bucket, string prefix, string? expectedBucketOwner, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListVersionsRequest
        {
            BucketName = bucket,
            Prefix = prefix,
            ExpectedBucketOwner = expectedBucketOwner,
            Encoding = EncodingType.Url,
        };
        var pages = new ListingPages("ListObjectVersions", bucket, prefix);
        string? next;
        do
        {
            var page = await PageAsync(
                pages,
                "ListObjectVersions",
                bucket,
                client => client.ListVersionsAsync(request, cancellationToken),
                answer => pages.Check(answer.Name, answer.Prefix, answer.IsTruncated, answer.Encoding == EncodingType.Url),
                cancellationToken).ConfigureAwait(false);
            var isEncoded = page.Encoding == EncodingType.Url;
            next = pages.Next(page.IsTruncated, page.NextKeyMarker, page.NextVersionIdMarker);
            foreach (var item in page.Versions ?? [])
            {
                var isMarker = item.IsDeleteMarker == true;
                var key = pages.Key(
                    item.Key,
                    isEncoded,
                    isWhole: !string.IsNullOrEmpty(item.VersionId) && item.IsLatest is not null && item.LastModified is not null
                        && (isMarker || (item.Size is not null && !string.IsNullOrEmpty(item.ETag))));
                yield return new ListedVersion(
                    new ObjectAddress(bucket, key, item.VersionId, expectedBucketOwner), item.IsLatest!.Value, isMarker, item.LastModified!.Value)
                {
                    Size = isMarker ? null : item.Size,
                    ETag = isMarker ? null : item.ETag,
                    StorageClass = item.StorageClass?.Value,
                };
            }

            request.KeyMarker = ListingPages.Decode(page.NextKeyMarker, isEncoded);
            request.VersionIdMarker = page.NextVersionIdMarker;
        }
        while (next is not null);
    }

    /// <summary>Lists the open uploads of objects whose keys begin with <paramref name="prefix"/>.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.ListingIncomplete"/> when a page is none, or leads nowhere.</exception>
    public async IAsyncEnumerable<OpenUpload> ListUploadsAsync(
        string bucket, string prefix, string? expectedBucketOwner, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListMultipartUploadsRequest
        {
            BucketName = bucket,
            Prefix = prefix,
            ExpectedBucketOwner = expectedBucketOwner,
            Encoding = EncodingType.Url,
        };
        var pages = new ListingPages("ListMultipartUploads", bucket, prefix);
        string? next;
        do
        {
            var page = await PageAsync(
                pages,
                "ListMultipartUploads",
                bucket,
                client => client.ListMultipartUploadsAsync(request, cancellationToken),
                answer => pages.Check(answer.BucketName, answer.Prefix, answer.IsTruncated, answer.EncodingType == EncodingType.Url),
                cancellationToken).ConfigureAwait(false);
            var isEncoded = page.EncodingType == EncodingType.Url;
            next = pages.Next(page.IsTruncated, page.NextKeyMarker, page.NextUploadIdMarker);
            foreach (var item in page.MultipartUploads ?? [])
            {
                var key = pages.Key(item.Key, isEncoded, isWhole: !string.IsNullOrEmpty(item.UploadId) && item.Initiated is not null);
                yield return new OpenUpload(
                    new ObjectAddress(bucket, key, null, expectedBucketOwner),
                    item.UploadId,
                    item.Initiated!.Value,
                    item.StorageClass?.Value,
                    item.Initiator?.DisplayName ?? item.Initiator?.Id);
            }

            request.KeyMarker = ListingPages.Decode(page.NextKeyMarker, isEncoded);
            request.UploadIdMarker = page.NextUploadIdMarker;
        }
        while (next is not null);
    }

    // A 412 says that the condition does not hold, and not which one it was.
    private static async Task<T> EnsureAsync<T>(WriteCondition condition, ObjectAddress address, Task<T> call)
    {
        try
        {
            return await call.ConfigureAwait(false);
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.AlreadyExists && condition.IfMatch is not null)
        {
            throw new CseException(ErrorId.ObjectChanged, $"The object {address} was changed by somebody else, and left as it is now.", failure)
            {
                Operation = failure.Operation,
                RequestId = failure.RequestId,
                StatusCode = failure.StatusCode,
            };
        }
    }

    // What is no page is asked for again.
    private async Task<T> PageAsync<T>(
        ListingPages pages, string operation, string bucket, Func<IAmazonS3, Task<T>> call, Action<T> check, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync(
                operation,
                bucket,
                null,
                async client =>
                {
                    var page = await call(client).ConfigureAwait(false);
                    check(page);
                    return page;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.AnswerInvalid)
        {
            throw pages.Incomplete(failure.Message, failure);
        }
    }

    private Task<T> CallAsync<T>(
        string operation,
        ObjectAddress address,
        Func<IAmazonS3, Task<T>> call,
        CancellationToken cancellationToken,
        bool atOnce = false,
        Action? isUnanswered = null) =>
        CallAsync(operation, address.BucketName, address.Key, call, cancellationToken, atOnce, isUnanswered);

    private async Task<T> CallAsync<T>(
        string operation,
        string bucket,
        string? key,
        Func<IAmazonS3, Task<T>> call,
        CancellationToken cancellationToken,
        bool atOnce = false,
        Action? isUnanswered = null)
    {
        var region = _bucketRegions.GetValueOrDefault(bucket, _endpoint.Region);
        try
        {
            return await RunAsync(region).ConfigureAwait(false);
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.WrongRegion && AwsErrors.BucketRegion(failure) is { } right && right != region)
        {
            _bucketRegions[bucket] = right;
            return await RunAsync(right).ConfigureAwait(false);
        }

        Task<T> RunAsync(string at) => atOnce
            ? RequestRunner.RunAtOnceAsync(() => SendAsync(at), cancellationToken)
            : Runner(bucket, at).RunAsync(() => SendAsync(at), cancellationToken);

        async Task<T> SendAsync(string at)
        {
            try
            {
                var answer = await AwsErrors.S3Async(operation, bucket, key, () => call(Client(at)), cancellationToken).ConfigureAwait(false);
                _answering.TryAdd(bucket, true);
                return answer;
            }
            catch (Exception e) when (isUnanswered is not null && MayBeDone(e))
            {
                isUnanswered();
                throw;
            }
        }
    }

    // S3 had the request, and what it made of it is not known.
    private static bool MayBeDone(Exception failure) =>
        failure is OperationCanceledException or CseException { ErrorId: ErrorId.ConnectionBroken or ErrorId.AnswerInvalid };

    // Not found may be the bucket, unless that has answered before.
    private bool IsSilentOnCause(CseException failure, string bucket) =>
        failure.StatusCode is 400 or 401 or 403 || (failure.StatusCode == 404 && !_answering.ContainsKey(bucket));

    private RequestRunner Runner(string bucket, string region) =>
        _runners.GetOrAdd((bucket, region), _ => ClientFactory.Runner(_endpoint));

    private static CseException NoAnswer(string operation, ObjectAddress address, string problem, RepeatReason repeat = RepeatReason.None) =>
        new(ErrorId.AnswerInvalid, $"What S3 answered to {operation} of {address} is no answer: {problem}.") { Operation = operation, Repeat = repeat };

    // Not all stores tell it.
    private static bool IsOther(string? told, string? sent) => !string.IsNullOrEmpty(told) && sent is not null && told != sent;

    private IAmazonS3 Client(string region) =>
        _clients.GetOrAdd(region, _ => new Lazy<IAmazonS3>(() => _newClient(_endpoint with { Region = region }))).Value;

    // S3 locks nothing without one.
    private bool SendsChecksum(ObjectAttributes attributes) => _endpoint.SendsChecksums || attributes.IsLocked;

    private static MemoryStream Read(ArraySegment<byte> body) => new(body.Array!, body.Offset, body.Count, writable: false);

    private static List<Tag>? Tags(ObjectAttributes attributes) =>
        attributes.Tags.Count == 0 ? null : [.. attributes.Tags.Select(tag => new Tag { Key = tag.Key, Value = tag.Value })];

    private static void Fill(HeadersCollection target, ObjectAttributes attributes)
    {
        foreach (var (name, value) in ObjectHeaders.Of(attributes).Concat(attributes.Grants))
        {
            target[name] = value;
        }
    }

    private static void Fill(MetadataCollection target, IReadOnlyDictionary<string, string> metadata)
    {
        foreach (var (name, value) in metadata)
        {
            target[MetadataPrefix + name] = value;
        }
    }

    private static Dictionary<string, string> Strip(MetadataCollection metadata) =>
        metadata.Keys.ToDictionary(
            name => name.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase) ? name[MetadataPrefix.Length..] : name,
            name => metadata[name],
            StringComparer.OrdinalIgnoreCase);

    private static long? Number(Group group) =>
        long.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex(@"^bytes (?<first>\d+)-(?<last>\d+)/(?<total>\d+)$")]
    private static partial Regex ContentRange();
}

/// <summary>What S3 tells of an object that it has stored.</summary>
/// <param name="ETag">The entity tag, quoted.</param>
/// <param name="VersionId">The version, where the bucket keeps versions.</param>
internal sealed record StoredObject(string ETag, string? VersionId);

/// <summary>A part that S3 has acknowledged.</summary>
/// <param name="Number">From 1.</param>
/// <param name="ETag">The entity tag, quoted.</param>
/// <param name="Crc32">CRC32, base64; <see langword="null"/> where the store does not tell that of a copy.</param>
internal sealed record UploadedPart(int Number, string ETag, string? Crc32);

/// <summary>Size and metadata of a stored object.</summary>
/// <param name="Size">Stored bytes.</param>
/// <param name="ETag">The entity tag, quoted.</param>
/// <param name="VersionId">The version, where the bucket keeps versions.</param>
/// <param name="LastModified">When it was stored.</param>
/// <param name="Metadata">User metadata without its prefix.</param>
internal sealed record ObjectHead(
    long Size, string ETag, string? VersionId, DateTime? LastModified, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Storage class, or <see langword="null"/> for the standard one.</summary>
    public string? StorageClass { get; init; }

    /// <summary>The object's CRC32 as S3 tells it, where it keeps one and was asked.</summary>
    public string? Crc32 { get; init; }

    /// <summary>What else HEAD tells of it: all but its user metadata, tags and ACL.</summary>
    public ObjectAttributes Attributes { get; init; } = new();

    /// <summary>How many of its user metadata no header can carry, so that they are not told.</summary>
    public int MissingMetadata { get; init; }
}

/// <summary>The answer to a ranged request.</summary>
/// <param name="Body">The bytes; disposing it ends the response.</param>
/// <param name="First">Offset of the first of them in the object.</param>
/// <param name="Length">How many bytes the body will have.</param>
/// <param name="Head">The object's size and metadata.</param>
internal sealed record RangeResponse(Stream Body, long First, int Length, ObjectHead Head);
