using Amazon.S3.Model;

namespace CseKms.Core.Aws;

/// <summary>The answer to DeleteObjects. What it does not account for was not deleted, as far as anybody knows.</summary>
/// <param name="bucket">The bucket.</param>
/// <param name="answer">What S3 answered.</param>
internal sealed class DeletionAnswer(string bucket, DeleteObjectsResponse answer)
{
    private const string Operation = "DeleteObjects";

    private readonly ILookup<(string, string), DeletedObject> _deleted =
        (answer.DeletedObjects ?? []).ToLookup(entry => Name(entry.Key, entry.VersionId));

    private readonly ILookup<(string, string), DeleteError> _errors =
        (answer.DeleteErrors ?? []).ToLookup(entry => Name(entry.Key, entry.VersionId));

    /// <summary>What it says of an object. An error goes before all else.</summary>
    public DeletionOutcome Of(ObjectAddress address)
    {
        var name = Name(address.Key, address.VersionId);
        if (_errors[name].FirstOrDefault() is { } error)
        {
            return new DeletionOutcome(
                null, AwsErrors.S3Entry(Operation, bucket, address.Key, error.Code, error.Message, answer.ResponseMetadata?.RequestId));
        }

        return _deleted[name].FirstOrDefault() is { } deleted
            ? new DeletionOutcome(new Deleted(deleted.DeleteMarker == true, deleted.DeleteMarkerVersionId), null)
            : new DeletionOutcome(
                null,
                new CseException(ErrorId.AnswerInvalid, $"S3 answered {Operation} and did not say what became of {address}.")
                {
                    Operation = Operation,
                    RequestId = answer.ResponseMetadata?.RequestId,
                    Repeat = RepeatReason.Broken,
                });
    }

    private static (string Key, string VersionId) Name(string? key, string? versionId) => (key ?? "", versionId ?? "");
}
