using System.Net;
using System.Net.Sockets;
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
        string operation, string keyId, Func<Task<T>> call, CancellationToken cancellationToken)
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

    // A cancellation that nobody asked for is a time-out of the HTTP client.
    private static bool IsFailure(Exception e, CancellationToken cancellationToken) =>
        e is AmazonClientException or AmazonServiceException or HttpRequestException or IOException or TimeoutException
        || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private static CseException S3(string operation, string bucket, string? key, Exception e)
    {
        var address = key is null ? bucket : $"{bucket}/{key}";
        if (e is not AmazonServiceException { StatusCode: not 0 } service)
        {
            return Common($"S3 {operation} of {address}", e);
        }

        return service switch
        {
            { ErrorCode: "NoSuchBucket" } =>
                new(ErrorId.NoSuchBucket, $"The bucket '{bucket}' does not exist. Check -BucketName and -Region.", e),
            { ErrorCode: "NoSuchKey" or "NoSuchVersion" } or { ErrorCode: "NotFound", StatusCode: HttpStatusCode.NotFound } =>
                new(ErrorId.NoSuchKey, $"There is no object {address}.", e),
            { ErrorCode: "NoSuchUpload" } =>
                new(ErrorId.UploadVanished, $"The multipart upload of {address} was ended by somebody else, so nothing was stored. Send it again.", e),
            { ErrorCode: "ConditionalRequestConflict" } =>
                new(ErrorId.WriteConflict, $"Somebody else writes to {address} at the same time, so nothing was stored. Send it again.", e),
            { StatusCode: HttpStatusCode.PreconditionFailed } =>
                operation == "GetObject"
                    ? new(ErrorId.ObjectChanged, $"The object {address} changed while it was read. Receive it again.", e)
                    : new(ErrorId.AlreadyExists, $"The object {address} exists already, and -NoClobber was given.", e),
            { ErrorCode: "PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" }
                or { StatusCode: HttpStatusCode.MovedPermanently } =>
                new(ErrorId.WrongRegion, $"The bucket '{bucket}' is in another region. Give it by -Region. S3 said: {e.Message}", e),
            { ErrorCode: "MetadataTooLarge" } =>
                new(ErrorId.MetadataTooLarge, $"The metadata of {address} exceeds the 2,048 bytes that S3 stores.", e),
            { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden } =>
                Credentials(service) ?? new(
                    ErrorId.S3AccessDenied, $"S3 denied {operation} of {address}: {e.Message}{RequestId(service)}", e),
            _ => Credentials(service) ?? new(
                    ErrorId.S3RequestFailed, $"S3 {operation} of {address} failed: {Code(service)}{e.Message}{RequestId(service)}", e),
        };
    }

    private static CseException Kms(string operation, string keyId, Exception e)
    {
        if (e is not AmazonServiceException { StatusCode: not 0 } service)
        {
            return Common($"KMS {operation} with {keyId}", e);
        }

        return service.ErrorCode switch
        {
            "AccessDeniedException" =>
                new(ErrorId.KmsAccessDenied, $"KMS denied the caller kms:{operation}; the key's policy or the caller's own must allow it. KMS said: {e.Message}{RequestId(service)}", e),
            "NotFoundException" =>
                new(ErrorId.KmsKeyNotFound, $"There is no KMS key {keyId}. Check -KmsKeyId; the region is the ARN's, or -Region. KMS said: {e.Message}", e),
            "DisabledException" or "KMSInvalidStateException" or "KeyUnavailableException" or "InvalidKeyUsageException" =>
                new(ErrorId.KmsKeyDisabled, $"The KMS key {keyId} cannot be used: {e.Message}", e),
            "IncorrectKeyException" =>
                new(ErrorId.KmsKeyMismatch, $"The object's data key was not wrapped under the KMS key {keyId}. Give the object's key by -KmsKeyId.", e),
            "InvalidCiphertextException" =>
                new(ErrorId.WrappedKeyInvalid,
                    $"KMS cannot open the object's wrapped data key with {keyId}: key, wrapped key or encryption context were changed or belong to another object.", e),
            _ => Credentials(service)
                ?? new(ErrorId.KmsRequestFailed, $"KMS {operation} with {keyId} failed: {Code(service)}{e.Message}{RequestId(service)}", e),
        };
    }

    private static CseException NoKeys(string identity, Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case CseException failure:
                    return failure;
                case AmazonServiceException { StatusCode: not 0 } service when IsAboutMfaCode(service):
                    return new(
                        ErrorId.MfaCodeRejected,
                        $"AWS did not accept the MFA code for {identity}. A code has six digits and works once; wait for the next one.", e);
                case AmazonServiceException { StatusCode: not 0 } service:
                    return Credentials(service) ?? new(
                        ErrorId.CredentialsInvalid, $"No keys were given to {identity}: {service.Message}{RequestId(service)}", e);
                case HttpRequestException or SocketException or OperationCanceledException:
                    return new(
                        ErrorId.EndpointUnreachable,
                        $"No keys were given to {identity}, the endpoint could not be reached: {cause.Message}. Check the network and the region.", e);
            }
        }

        return new(ErrorId.CredentialsInvalid, $"No keys were given to {identity}: {e.Message}", e);
    }

    // The second is what AWS says of a code that is none, and repeats the code.
    private static bool IsAboutMfaCode(AmazonServiceException e) =>
        e.Message.Contains("MultiFactorAuthentication", StringComparison.Ordinal)
        || (e.ErrorCode == "ValidationError" && e.Message.Contains("tokenCode", StringComparison.Ordinal));

    private static CseException? Credentials(AmazonServiceException e) => e.ErrorCode switch
    {
        "ExpiredToken" or "ExpiredTokenException" or "RequestExpired" =>
            new(ErrorId.CredentialsExpired, "The AWS credentials have expired. Renew them and call again.", e),
        "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "InvalidToken" or "UnrecognizedClientException"
            or "InvalidClientTokenId" or "InvalidSignatureException" or "IncompleteSignature" or "AuthFailure" =>
            new(ErrorId.CredentialsInvalid,
                $"AWS does not accept the credentials ({e.ErrorCode}). Check the access key, its secret and the session token.", e),
        _ => null,
    };

    private static CseException Common(string what, Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpRequestException or SocketException or TimeoutException or OperationCanceledException or IOException)
            {
                return new(ErrorId.EndpointUnreachable, $"{what} failed, the endpoint could not be reached: {cause.Message}. Check -EndpointUrl, -Region and the network.", e);
            }
        }

        return new(ErrorId.CredentialsInvalid, $"{what} failed: {e.Message}", e);
    }

    private static string Code(AmazonServiceException e) => string.IsNullOrEmpty(e.ErrorCode) ? "" : $"{e.ErrorCode}: ";

    private static string RequestId(AmazonServiceException e) => string.IsNullOrEmpty(e.RequestId) ? "" : $" (request {e.RequestId})";
}
