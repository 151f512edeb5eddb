using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using System.Xml;
using Amazon.KeyManagementService;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace CseKms.Core.Aws;

/// <summary>Turns exceptions of the AWS SDK into <see cref="CseException"/>.</summary>
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
        string operation, string? keyId, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception e) when (IsFailure(e, cancellationToken))
        {
            throw Kms(operation, keyId, e);
        }
    }

    /// <summary>The region that S3 said a bucket is in, where it said so.</summary>
    public static string? BucketRegion(CseException failure) =>
        failure.InnerException?.InnerException is HttpErrorResponseException { Response: { } response }
        && response.GetHeaderValue("x-amz-bucket-region") is { Length: > 0 } region ? region : null;

    /// <summary>Gets keys, which may mean to sign in.</summary>
    /// <exception cref="CseException">There are none for <paramref name="identity"/>.</exception>
    public static async Task<T> KeysAsync<T>(string identity, Func<Task<T>> get, CancellationToken cancellationToken)
    {
        try
        {
            return await get().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not CseException && !cancellationToken.IsCancellationRequested)
        {
            throw NoKeys(identity, e);
        }
    }

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
            { ErrorCode: "NoSuchUpload" } or { StatusCode: HttpStatusCode.NotFound } when operation is "UploadPart" or "CompleteMultipartUpload" =>
                (ErrorId.UploadVanished, $"The multipart upload of {address} was ended by somebody else, so nothing was stored."),
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

    // Without an id of the caller's, KMS looks for the key by the wrapped data key.
    private static CseException Kms(string operation, string? keyId, Exception e)
    {
        var key = keyId is null ? "the KMS key that wrapped the object's data key" : $"the KMS key {keyId}";
        if (e is AmazonUnmarshallingException or not AmazonServiceException { StatusCode: not 0 })
        {
            return Unanswered(operation, $"KMS {operation} with {key}", e);
        }

        var service = (AmazonServiceException)e;

        return Answered(operation, service, service.ErrorCode switch
        {
            "AccessDeniedException" => (ErrorId.KmsAccessDenied, $"KMS denied the caller kms:{operation} with {key}: {Said(service)}"),
            "NotFoundException" => (ErrorId.KmsKeyNotFound, $"KMS does not find {key}: {Said(service.Message)}"),
            "DisabledException" or "KMSInvalidStateException" or "KeyUnavailableException" or "InvalidKeyUsageException" =>
                (ErrorId.KmsKeyDisabled, $"KMS cannot use {key}: {Said(service.Message)}"),
            "IncorrectKeyException" => (ErrorId.KmsKeyMismatch, $"The object's data key was wrapped under another KMS key than {keyId}."),
            "InvalidCiphertextException" => (
                ErrorId.WrappedKeyInvalid,
                $"KMS cannot open the object's wrapped data key with {key}: the KMS key, the wrapped key or the encryption context was " +
                "changed, or belongs to another object."),
            _ => Credentials(service)
                ?? (ErrorId.KmsRequestFailed, $"KMS {operation} with {key} failed: {Code(service)}{Said(service)}"),
        });
    }

    private static CseException NoKeys(string identity, Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case CseException failure:
                    return failure;
                case AmazonServiceException { StatusCode: not 0 } service:
                    var refusal = IsAboutMfaCode(service)
                        ? (ErrorId.MfaCodeRejected, $"AWS did not accept the MFA code for {identity}.")
                        : Credentials(service) ?? (ErrorId.CredentialsInvalid, $"No keys were given to {identity}: {Said(service)}");
                    return Answered(null, service, refusal, e);
                case HttpRequestException or SocketException or OperationCanceledException:
                    return new(ErrorId.EndpointUnreachable, $"No keys were given to {identity}, the endpoint could not be reached: {Said(cause.Message)}", e);
            }
        }

        return new(ErrorId.CredentialsInvalid, $"No keys were given to {identity}: {Said(e.Message)}", e);
    }

    // The second is what AWS says of a code that is none, and repeats the code.
    private static bool IsAboutMfaCode(AmazonServiceException e) =>
        e.Message.Contains("MultiFactorAuthentication", StringComparison.Ordinal)
        || (e.ErrorCode == "ValidationError" && e.Message.Contains("tokenCode", StringComparison.Ordinal));

    private static (ErrorId ErrorId, string Message)? Credentials(AmazonServiceException e) => e.ErrorCode switch
    {
        _ when IsClockSkew(e) => (ErrorId.ClockSkewed, $"The clock of this machine {Difference(e)}, so that AWS does not accept what it signs."),
        "ExpiredToken" or "ExpiredTokenException" or "RequestExpired" => (ErrorId.CredentialsExpired, "The AWS credentials have expired."),
        "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "InvalidToken" or "UnrecognizedClientException"
            or "InvalidClientTokenId" or "InvalidSignatureException" or "IncompleteSignature" or "AuthFailure" =>
            (ErrorId.CredentialsInvalid, $"AWS does not accept the credentials ({e.ErrorCode})."),
        _ => null,
    };

    private static CseException Answered(
        string? operation, AmazonServiceException answer, (ErrorId ErrorId, string Message) failure, Exception? inner = null) =>
        new(failure.ErrorId, failure.Message, inner ?? answer)
        {
            Operation = operation,
            RequestId = string.IsNullOrEmpty(answer.RequestId) ? null : answer.RequestId,
            StatusCode = (int)answer.StatusCode,
            Repeat = RepeatOf(answer, operation),
        };

    private static RepeatReason RepeatOf(AmazonServiceException answer, string? operation) => answer switch
    {
        _ when IsClockSkew(answer) => RepeatReason.ClockSkew,
        { ErrorCode: "SlowDown" or "Throttling" or "ThrottlingException" or "ThrottledException" or "RequestThrottled" or "RequestThrottledException"
            or "TooManyRequests" or "TooManyRequestsException" or "RequestLimitExceeded" or "BandwidthLimitExceeded" or "ServiceUnavailable" }
            or { StatusCode: HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable } => RepeatReason.Throttled,
        { ErrorCode: "InternalError" or "RequestTimeout" or "RequestTimeoutException" or "OperationAborted" }
            or { StatusCode: HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout } => RepeatReason.Broken,

        // A part of the object that is there by now; an upload that is completed must begin again.
        { ErrorCode: "ConditionalRequestConflict" } when operation == "PutObject" => RepeatReason.Broken,
        _ => RepeatReason.None,
    };

    private static bool IsClockSkew(AmazonServiceException e) =>
        e.ErrorCode is "RequestTimeTooSkewed" or "RequestInTheFuture"
        || (e.ErrorCode == "InvalidSignatureException"
            && (e.Message.Contains("Signature expired", StringComparison.Ordinal) || e.Message.Contains("Signature not yet current", StringComparison.Ordinal)));

    private static string Difference(AmazonServiceException e)
    {
        if (e.InnerException is not HttpErrorResponseException { Response: { } response }
            || !DateTimeOffset.TryParse(response.GetHeaderValue("Date"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var there))
        {
            return "differs too much from that of AWS";
        }

        var ahead = DateTimeOffset.UtcNow - there;
        return $"is {ahead.Duration().TotalMinutes:N0} minutes {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} that of AWS";
    }

    private static CseException Unanswered(string operation, string what, Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            (ErrorId ErrorId, string Message, RepeatReason Repeat)? failure = cause switch
            {
                AuthenticationException =>
                    (ErrorId.CertificateUntrusted, $"the endpoint's certificate is not trusted: {Said(cause.Message)}", RepeatReason.None),
                // The outer one names host and port.
                HttpRequestException { InnerException: SocketException { SocketErrorCode: not SocketError.ConnectionReset } }
                    or SocketException { SocketErrorCode: not SocketError.ConnectionReset }
                    or HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
                    (ErrorId.EndpointUnreachable, $"the endpoint could not be reached: {Said(cause.Message)}", RepeatReason.Unreachable),
                OperationCanceledException { InnerException: TimeoutException timeout } =>
                    (ErrorId.EndpointUnreachable, $"the endpoint could not be reached: {Said(timeout.Message)}", RepeatReason.Unreachable),
                AmazonUnmarshallingException or XmlException or JsonException or NullReferenceException or FormatException =>
                    (ErrorId.AnswerInvalid, $"what came is no answer to it: {Said(cause.Message)}", RepeatReason.Broken),
                TimeoutException => (ErrorId.ConnectionBroken, Said(cause.Message), RepeatReason.Silent),
                IOException or OperationCanceledException or HttpRequestException { InnerException: null } =>
                    (ErrorId.ConnectionBroken, $"the connection broke: {Said(cause.Message)}", RepeatReason.Broken),
                _ => null,
            };
            if (failure is { } found)
            {
                return new(found.ErrorId, $"{what} failed, {found.Message}", e) { Operation = operation, Repeat = found.Repeat };
            }
        }

        return new(ErrorId.RequestInvalid, $"{what} cannot be asked for: {Said(e.Message)}", e) { Operation = operation };
    }

    private static string Code(AmazonServiceException e) => string.IsNullOrEmpty(e.ErrorCode) ? "" : $"{e.ErrorCode}: ";

    private static string Said(AmazonServiceException e) =>
        Said(string.IsNullOrEmpty(e.RequestId) ? e.Message : $"{e.Message.TrimEnd('.')} (request {e.RequestId})");

    // Some end with a full stop, and some do not.
    private static string Said(string message) => $"{message.TrimEnd('.')}.";
}
