using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace CseKms.Core.Aws;

/// <content>Deleting objects.</content>
internal sealed partial class S3Gateway
{
    /// <summary>How many objects one request deletes at most.</summary>
    public const int MostDeletions = 1000;

    /// <summary>Deletes an object, or a version of it for good.</summary>
    /// <param name="deletion">The object.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="CseException">
    /// <see cref="ErrorId.RequestInvalid"/> for a key that S3 cannot have, <see cref="ErrorId.ObjectChanged"/>, and what S3 answers.
    /// </exception>
    public Task<Deleted> DeleteAsync(Deletion deletion, CancellationToken cancellationToken)
    {
        var address = deletion.Address;
        if (!BatchKey.IsUnicode(address.Key))
        {
            // The SDK would put U+FFFD in its place, and delete another object.
            throw new CseException(ErrorId.RequestInvalid, $"The key of {address} holds half of a surrogate pair, which no key of S3 does.");
        }

        return CallAsync("DeleteObject", address, async client =>
        {
            var response = await client.DeleteObjectAsync(
                new DeleteObjectRequest
                {
                    BucketName = address.BucketName,
                    Key = address.Key,
                    VersionId = address.VersionId,
                    ExpectedBucketOwner = address.ExpectedBucketOwner,
                    IfMatch = deletion.ETag,
                },
                cancellationToken).ConfigureAwait(false);
            if (response.HttpStatusCode != HttpStatusCode.NoContent)
            {
                throw NoAnswer("DeleteObject", address, $"it has the status {(int)response.HttpStatusCode}", RepeatReason.Broken);
            }

            var isMarker = response.DeleteMarker == "true";
            return new Deleted(isMarker, isMarker ? response.VersionId : null);
        }, cancellationToken);
    }

    /// <summary>
    /// Deletes objects of one bucket by one request, and again those of them that it answers for with a passing error or not at all.
    /// </summary>
    /// <param name="deletions">At most <see cref="MostDeletions"/>, each with a key that XML carries.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>What came of each, in the order in which they were given.</returns>
    public async Task<IReadOnlyList<DeletionOutcome>> DeleteAsync(IReadOnlyList<Deletion> deletions, CancellationToken cancellationToken)
    {
        var (bucket, owner) = (deletions[0].Address.BucketName, deletions[0].Address.ExpectedBucketOwner);
        var outcomes = new DeletionOutcome?[deletions.Count];
        var failures = new CseException?[deletions.Count];
        try
        {
            await CallAsync("DeleteObjects", bucket, null, async client =>
            {
                int[] open = [.. Enumerable.Range(0, deletions.Count).Where(at => outcomes[at] is null)];
                var answer = new DeletionAnswer(bucket, await SendAsync(client, [.. open.Select(at => deletions[at])]).ConfigureAwait(false));
                foreach (var at in open)
                {
                    var outcome = answer.Of(deletions[at].Address);
                    failures[at] = outcome.Failure is { Repeat: not RepeatReason.None } ? outcome.Failure : null;
                    outcomes[at] = failures[at] is null ? outcome : null;
                }

                return Array.Find(failures, failure => failure is not null) is { } again ? throw again : true;
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (CseException failure)
        {
            return [.. outcomes.Select((outcome, at) => outcome ?? new DeletionOutcome(null, failures[at] ?? failure))];
        }

        return outcomes!;

        async Task<DeleteObjectsResponse> SendAsync(IAmazonS3 client, List<Deletion> open)
        {
            try
            {
                return await client.DeleteObjectsAsync(
                    new DeleteObjectsRequest
                    {
                        BucketName = bucket,
                        ExpectedBucketOwner = owner,
                        Objects = [.. open.Select(one => new KeyVersion { Key = one.Address.Key, VersionId = one.Address.VersionId, ETag = one.ETag })],
                    },
                    cancellationToken).ConfigureAwait(false);
            }
            catch (DeleteObjectsException e)
            {
                return e.Response;
            }
        }
    }
}

/// <summary>An object that is deleted.</summary>
/// <param name="Address">The object, or a version of it.</param>
/// <param name="ETag">The entity tag that it must have, if it must.</param>
internal sealed record Deletion(ObjectAddress Address, string? ETag = null);

/// <summary>What S3 tells of an object that it deleted.</summary>
/// <param name="IsDeleteMarker">Whether a delete marker was made, or is what was deleted.</param>
/// <param name="DeleteMarkerVersionId">Its version.</param>
internal sealed record Deleted(bool IsDeleteMarker, string? DeleteMarkerVersionId);

/// <summary>What came of one deletion: one of the two.</summary>
/// <param name="Deleted">What was deleted.</param>
/// <param name="Failure">Why it was not, or may not have been.</param>
internal sealed record DeletionOutcome(Deleted? Deleted, CseException? Failure);
