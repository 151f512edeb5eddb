using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using static CseKms.Core.Aws.Http.ServiceErrors;

namespace CseKms.Core.Aws;

/// <summary>Turns what S3 and KMS fail with into <see cref="CseException"/>.</summary>
internal static class AwsErrors
{
    /// <summary>Runs a call of S3.</summary>
    /// <exception cref="CseException">The call failed.</exception>
    public static async Task<T> S3Async<T>(
        string operation, string bucket, string? key, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception e) when (IsFailure(e, cancellationToken))
        {
            throw S3(operation, bucket, key, e);
        }
    }

    /// <summary>Runs a call of KMS.</summary>
    /// <exception cref="CseException">The call failed.</exception>
    public static async Task<T> KmsAsync<T>(
        string operation, string? keyId, string? targetKeyId, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception e) when (IsFailure(e, cancellationToken))
        {
            throw Kms(operation, keyId, targetKeyId, e);
        }
    }

    /// <summary>The failure that S3 tells of one object in the answer to a request for many.</summary>
    public static CseException S3Entry(string operation, string bucket, string key, string? code, string? message, string? requestId) =>
        S3(operation, bucket, key, new AmazonServiceException(message ?? "", null, ErrorType.Unknown, code ?? "", requestId ?? "", StatusOf(code)));

    /// <summary>The region that S3 said a bucket is in, where it said so.</summary>
    public static string? BucketRegion(CseException failure) =>
        Header(failure.InnerException, "x-amz-bucket-region") is { Length: > 0 } region ? region : null;

    // Whatever the SDK throws; a cancellation that nobody asked for is a time-out of the HTTP client.
    private static bool IsFailure(Exception e, CancellationToken cancellationToken) =>
        e is not CseException && !(e is OperationCanceledException && cancellationToken.IsCancellationRequested);

    private static CseException S3(string operation, string bucket, string? key, Exception e)
    {
        var address = key is null ? bucket : $"{bucket}/{key}";
        if (e is AmazonUnmarshallingException or not AmazonServiceException { StatusCode: not 0 })
        {
            return Unanswered(operation, $"S3 {operation} of {address}", e);
        }

        var service = (AmazonServiceException)e;

        return Answered(operation, service, service switch
        {
            { ErrorCode: "NoSuchBucket" } =>
                (ErrorId.NoSuchBucket, $"The bucket '{bucket}' does not exist."),
            _ when IsAboutUpload(operation, service) =>
                (ErrorId.UploadVanished, $"The multipart upload of {address} was ended by somebody else, so nothing was stored."),
            { StatusCode: HttpStatusCode.MethodNotAllowed } when IsMarked(service) =>
                (ErrorId.DeleteMarker, ListedVersion.HoldsNothing(address)),
            { StatusCode: HttpStatusCode.NotFound } when IsMarked(service) =>
                (ErrorId.NoSuchKey, $"There is no object {address}: it was deleted, and a delete marker stands in its place."),
            { ErrorCode: "NoSuchKey" or "NoSuchVersion" } or { ErrorCode: "NotFound", StatusCode: HttpStatusCode.NotFound } =>
                (ErrorId.NoSuchKey, $"There is no object {address}."),
            { ErrorCode: "ConditionalRequestConflict" } =>
                (ErrorId.WriteConflict, $"Somebody else writes to {address} at the same time, so nothing was stored."),
            { StatusCode: HttpStatusCode.PreconditionFailed } =>
                operation is "PutObject" or "CompleteMultipartUpload"
                    ? (ErrorId.AlreadyExists, $"The object {address} exists already, so nothing was stored.")
                    : (ErrorId.ObjectChanged, $"The object {address} changed while it was read."),
            { ErrorCode: "PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" }
                or { StatusCode: HttpStatusCode.MovedPermanently } =>
                (ErrorId.WrongRegion, $"The bucket '{bucket}' is in another region. S3 said: {Said(service.Message)}"),
            { ErrorCode: "InvalidObjectState" } =>
                (ErrorId.ObjectArchived, $"The object {address} is archived."),
            { ErrorCode: "MetadataTooLarge" } =>
                (ErrorId.MetadataTooLarge, $"The metadata of {address} exceeds the 2,048 bytes that S3 stores."),
            _ when Credentials(service) is { } refusal => refusal,
            { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden } =>
                (ErrorId.S3AccessDenied, $"S3 denied {operation} of {address}: {Said(service)}"),
            _ => (ErrorId.S3RequestFailed, $"S3 {operation} of {address} failed: {Code(service)}{Said(service)}"),
        });
    }

    // As a request for that object alone is answered.
    private static HttpStatusCode StatusOf(string? code) => code switch
    {
        "AccessDenied" => HttpStatusCode.Forbidden,
        "NoSuchKey" or "NoSuchVersion" => HttpStatusCode.NotFound,
        "PreconditionFailed" => HttpStatusCode.PreconditionFailed,
        "InternalError" => HttpStatusCode.InternalServerError,
        "SlowDown" or "ServiceUnavailable" => HttpStatusCode.ServiceUnavailable,
        _ => HttpStatusCode.BadRequest,
    };

    private static bool IsMarked(AmazonServiceException answer) => Header(answer, "x-amz-delete-marker") == "true";

    private static string? Header(Exception? answer, string name) =>
        answer?.InnerException is HttpErrorResponseException { Response: { } response } ? response.GetHeaderValue(name) : null;

    // The body that names the cause may be damaged.
    private static bool IsAboutUpload(string operation, AmazonServiceException answer) =>
        answer.ErrorCode == "NoSuchUpload"
        || (answer is { StatusCode: HttpStatusCode.NotFound, ErrorCode: not "NoSuchBucket" } && operation is "UploadPart" or "CompleteMultipartUpload");

    // Without an id of the caller's, KMS looks for the key by the wrapped data key.
    private static CseException Kms(string operation, string? keyId, string? targetKeyId, Exception e)
    {
        var key = (keyId is null ? "the KMS key that wrapped the object's data key" : $"the KMS key {keyId}") +
            (targetKeyId is null ? "" : $" or the new one, {targetKeyId}");
        if (e is AmazonUnmarshallingException or not AmazonServiceException { StatusCode: not 0 })
        {
            return Unanswered(operation, $"KMS {operation} with {key}", e);
        }

        var service = (AmazonServiceException)e;

        return Answered(operation, service, service.ErrorCode switch
        {
            "AccessDeniedException" => (
                ErrorId.KmsAccessDenied,
                $"KMS denied the caller {(operation == "ReEncrypt" ? "kms:ReEncryptFrom or kms:ReEncryptTo" : $"kms:{operation}")} with {key}: {Said(service)}"),
            "NotFoundException" => (ErrorId.KmsKeyNotFound, $"KMS does not find {key}: {Said(service.Message)}"),
            "DisabledException" or "KMSInvalidStateException" or "KeyUnavailableException" or "InvalidKeyUsageException" =>
                (ErrorId.KmsKeyDisabled, $"KMS cannot use {key}: {Said(service.Message)}"),
            "IncorrectKeyException" => (ErrorId.KmsKeyMismatch, $"The object's data key was wrapped under another key than {key}."),
            "InvalidCiphertextException" => (
                ErrorId.WrappedKeyInvalid,
                $"KMS cannot open the object's wrapped data key{(keyId is null ? "" : $" with {key}")}: the KMS key, the wrapped key or the " +
                "encryption context was changed, or belongs to another object."),
            _ => Credentials(service)
                ?? (ErrorId.KmsRequestFailed, $"KMS {operation} with {key} failed: {Code(service)}{Said(service)}"),
        });
    }
}
