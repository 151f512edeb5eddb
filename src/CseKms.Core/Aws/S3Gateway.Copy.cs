using Amazon.S3;
using Amazon.S3.Model;

namespace CseKms.Core.Aws;

/// <content>Copying inside S3, and what is read beforehand so that nothing is lost by it.</content>
internal sealed partial class S3Gateway
{
    private static readonly Dictionary<string, string> GrantHeaders = new()
    {
        ["FULL_CONTROL"] = "x-amz-grant-full-control",
        ["READ"] = "x-amz-grant-read",
        ["READ_ACP"] = "x-amz-grant-read-acp",
        ["WRITE_ACP"] = "x-amz-grant-write-acp",
    };

    /// <summary>Copies an object of 5 GiB at most. Tags come along, and nothing else beside the bytes.</summary>
    /// <param name="source">The object, and the state of it that is copied.</param>
    /// <param name="target">Where.</param>
    /// <param name="attributes">What stands beside the bytes, but for tags.</param>
    /// <param name="metadata">All user metadata, the envelope's included.</param>
    /// <param name="condition">What must hold of what is there.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task<StoredObject> CopyAsync(
        CopySource source,
        ObjectAddress target,
        ObjectAttributes attributes,
        IReadOnlyDictionary<string, string> metadata,
        WriteCondition condition,
        CancellationToken cancellationToken) =>
        CallAsync("CopyObject", target, async client =>
        {
            var request = new CopyObjectRequest
            {
                SourceBucket = source.Address.BucketName,
                SourceKey = source.Address.Key,
                SourceVersionId = source.Address.VersionId,
                ExpectedSourceBucketOwner = source.Address.ExpectedBucketOwner,
                ETagToMatch = source.ETag,
                UnmodifiedSinceDate = source.UnmodifiedSince,
                DestinationBucket = target.BucketName,
                DestinationKey = target.Key,
                ExpectedBucketOwner = target.ExpectedBucketOwner,
                MetadataDirective = S3MetadataDirective.REPLACE,
                StorageClass = attributes.StorageClass,
                ServerSideEncryptionMethod = attributes.ServerSideEncryption,
                ServerSideEncryptionKeyManagementServiceKeyId = attributes.ServerSideEncryptionKmsKeyId,
                BucketKeyEnabled = attributes.BucketKeyEnabled,
                WebsiteRedirectLocation = attributes.WebsiteRedirectLocation,
                CannedACL = attributes.CannedAcl,
                ObjectLockMode = attributes.ObjectLockMode,
                ObjectLockRetainUntilDate = attributes.ObjectLockRetainUntil?.UtcDateTime,
                ObjectLockLegalHoldStatus = attributes.ObjectLockLegalHold,
                ChecksumAlgorithm = SendsChecksum(attributes) ? ChecksumAlgorithm.CRC32 : null,
                IfMatch = condition.IfMatch,
                IfNoneMatch = condition.IfNoneMatch,
            };
            Fill(request.Headers, attributes);
            Fill(request.Metadata, metadata);
            var response = await client.CopyObjectAsync(request, cancellationToken).ConfigureAwait(false);
            return string.IsNullOrEmpty(response.ETag) ? throw NoAnswer("CopyObject", target, "it has no ETag")
                : new StoredObject(response.ETag, response.VersionId);
        }, cancellationToken);

    /// <summary>Copies bytes <paramref name="first"/> to <paramref name="last"/>, both included, as a part of an upload.</summary>
    /// <param name="source">The object, and the state of it that is copied.</param>
    /// <param name="target">The object that the upload becomes.</param>
    /// <param name="uploadId">The upload.</param>
    /// <param name="number">The part, from 1.</param>
    /// <param name="first">Offset of the first byte.</param>
    /// <param name="last">Offset of the last byte.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task<UploadedPart> UploadPartCopyAsync(
        CopySource source, ObjectAddress target, string uploadId, int number, long first, long last, CancellationToken cancellationToken) =>
        CallAsync("UploadPartCopy", target, async client =>
        {
            var response = await client.CopyPartAsync(
                new CopyPartRequest
                {
                    SourceBucket = source.Address.BucketName,
                    SourceKey = source.Address.Key,
                    SourceVersionId = source.Address.VersionId,
                    ExpectedSourceBucketOwner = source.Address.ExpectedBucketOwner,
                    ETagToMatch = source.ETag is { } etag ? [etag] : null,
                    UnmodifiedSinceDate = source.UnmodifiedSince,
                    DestinationBucket = target.BucketName,
                    DestinationKey = target.Key,
                    ExpectedBucketOwner = target.ExpectedBucketOwner,
                    UploadId = uploadId,
                    PartNumber = number,
                    FirstByte = first,
                    LastByte = last,
                },
                cancellationToken).ConfigureAwait(false);
            return string.IsNullOrEmpty(response.ETag) ? throw NoAnswer("UploadPartCopy", target, "it has no ETag", RepeatReason.Broken)
                : new UploadedPart(number, response.ETag, response.ChecksumCRC32);
        }, cancellationToken);

    /// <summary>An object's tags.</summary>
    public Task<IReadOnlyDictionary<string, string>> GetTagsAsync(ObjectAddress address, CancellationToken cancellationToken) =>
        CallAsync<IReadOnlyDictionary<string, string>>("GetObjectTagging", address, async client =>
        {
            var response = await client.GetObjectTaggingAsync(
                new GetObjectTaggingRequest
                {
                    BucketName = address.BucketName,
                    Key = address.Key,
                    VersionId = address.VersionId,
                    ExpectedBucketOwner = address.ExpectedBucketOwner,
                },
                cancellationToken).ConfigureAwait(false);
            return (response.Tagging ?? []).ToDictionary(tag => tag.Key, tag => tag.Value);
        }, cancellationToken);

    /// <summary>The grants of an object's ACL as headers; none where its owner alone has any.</summary>
    public Task<IReadOnlyDictionary<string, string>> GetGrantsAsync(ObjectAddress address, CancellationToken cancellationToken) =>
        CallAsync<IReadOnlyDictionary<string, string>>("GetObjectAcl", address, async client =>
        {
            var response = await client.GetObjectAclAsync(
                new GetObjectAclRequest
                {
                    BucketName = address.BucketName,
                    Key = address.Key,
                    VersionId = address.VersionId,
                    ExpectedBucketOwner = address.ExpectedBucketOwner,
                },
                cancellationToken).ConfigureAwait(false);
            if (string.IsNullOrEmpty(response.Owner?.Id))
            {
                throw NoAnswer("GetObjectAcl", address, "it names no owner");
            }

            // The right to write means nothing on an object, and no header carries it.
            var grants = (response.Grants ?? []).FindAll(grant => grant.Permission?.Value != "WRITE");
            return grants.TrueForAll(grant => grant.Grantee?.CanonicalUser == response.Owner.Id)
                ? new Dictionary<string, string>()
                : grants.GroupBy(grant => Header(address, grant.Permission?.Value)).ToDictionary(
                    group => group.Key, group => string.Join(", ", group.Select(grant => Grantee(address, grant.Grantee))));
        }, cancellationToken);

    /// <summary>Whether a bucket has switched ACLs off, so that no object of it has one.</summary>
    public Task<bool> HasNoAclsAsync(ObjectAddress address, CancellationToken cancellationToken) =>
        CallAsync("GetBucketOwnershipControls", address.BucketName, null, async client =>
        {
            var response = await client.GetBucketOwnershipControlsAsync(
                new GetBucketOwnershipControlsRequest { BucketName = address.BucketName, ExpectedBucketOwner = address.ExpectedBucketOwner },
                cancellationToken).ConfigureAwait(false);
            return response.OwnershipControls?.Rules?.Exists(rule => rule.ObjectOwnership == ObjectOwnership.BucketOwnerEnforced) == true;
        }, cancellationToken);

    /// <summary>Whether a bucket locks objects.</summary>
    public Task<bool> LocksObjectsAsync(ObjectAddress address, CancellationToken cancellationToken) =>
        CallAsync("GetObjectLockConfiguration", address.BucketName, null, async client =>
        {
            var response = await client.GetObjectLockConfigurationAsync(
                new GetObjectLockConfigurationRequest { BucketName = address.BucketName, ExpectedBucketOwner = address.ExpectedBucketOwner },
                cancellationToken).ConfigureAwait(false);
            return response.ObjectLockConfiguration?.ObjectLockEnabled == ObjectLockEnabled.Enabled;
        }, cancellationToken);

    /// <summary>How an object is retained, and until when.</summary>
    public Task<(string? Mode, DateTimeOffset? Until)> GetRetentionAsync(ObjectAddress address, CancellationToken cancellationToken) =>
        CallAsync<(string?, DateTimeOffset?)>("GetObjectRetention", address, async client =>
        {
            var response = await client.GetObjectRetentionAsync(
                new GetObjectRetentionRequest
                {
                    BucketName = address.BucketName,
                    Key = address.Key,
                    VersionId = address.VersionId,
                    ExpectedBucketOwner = address.ExpectedBucketOwner,
                },
                cancellationToken).ConfigureAwait(false);
            return (response.Retention?.Mode?.Value, Time(response.Retention?.RetainUntilDate));
        }, cancellationToken);

    /// <summary>An object's legal hold: <c>ON</c> or <c>OFF</c>.</summary>
    public Task<string?> GetLegalHoldAsync(ObjectAddress address, CancellationToken cancellationToken) =>
        CallAsync("GetObjectLegalHold", address, async client =>
        {
            var response = await client.GetObjectLegalHoldAsync(
                new GetObjectLegalHoldRequest
                {
                    BucketName = address.BucketName,
                    Key = address.Key,
                    VersionId = address.VersionId,
                    ExpectedBucketOwner = address.ExpectedBucketOwner,
                },
                cancellationToken).ConfigureAwait(false);
            return response.LegalHold?.Status?.Value;
        }, cancellationToken);

    private static DateTimeOffset? Time(DateTime? time) => time is { } value ? new DateTimeOffset(value.ToUniversalTime()) : null;

    private static string Header(ObjectAddress address, string? permission) =>
        GrantHeaders.TryGetValue(permission ?? "", out var header) ? header
        : throw NoAnswer("GetObjectAcl", address, $"it grants '{permission}', which is nothing");

    private static string Grantee(ObjectAddress address, S3Grantee grantee) =>
        grantee.CanonicalUser is { } id ? $"id=\"{id}\""
        : grantee.URI is { } uri ? $"uri=\"{uri}\""
        : throw NoAnswer("GetObjectAcl", address, "it grants something to nobody");

    private static ObjectAttributes Attributes(GetObjectMetadataResponse head)
    {
        var headers = head.Headers;
        return new ObjectAttributes
        {
            ContentType = string.IsNullOrEmpty(headers.ContentType) ? null : headers.ContentType,
            Headers = new[]
                {
                    ("Cache-Control", headers.CacheControl), ("Content-Disposition", headers.ContentDisposition),
                    ("Content-Encoding", headers.ContentEncoding), ("Content-Language", head.ContentLanguage), ("Expires", head.ExpiresString),
                }
                .Where(header => !string.IsNullOrEmpty(header.Item2))
                .ToDictionary(header => header.Item1, header => header.Item2),
            StorageClass = head.StorageClass?.Value,
            ServerSideEncryption = head.ServerSideEncryptionMethod?.Value,
            ServerSideEncryptionKmsKeyId = head.ServerSideEncryptionKeyManagementServiceKeyId,
            BucketKeyEnabled = head.BucketKeyEnabled,
            WebsiteRedirectLocation = head.WebsiteRedirectLocation,
            ObjectLockMode = head.ObjectLockMode?.Value,
            ObjectLockRetainUntil = Time(head.ObjectLockRetainUntilDate),
            ObjectLockLegalHold = head.ObjectLockLegalHoldStatus?.Value,
        };
    }
}

/// <summary>The state of an object that is copied.</summary>
/// <param name="Address">The object, and its version where it has one.</param>
/// <param name="ETag">The entity tag that it must have; <see langword="null"/> where it has only a weak one.</param>
/// <param name="UnmodifiedSince">
/// When it was written, where it has no version: the entity tag says nothing of the metadata, and they may be changed meanwhile.
/// </param>
internal sealed record CopySource(ObjectAddress Address, string? ETag, DateTime? UnmodifiedSince);
