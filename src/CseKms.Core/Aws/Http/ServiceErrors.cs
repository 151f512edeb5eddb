using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using System.Xml;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace CseKms.Core.Aws.Http;

/// <summary>What the failures of all services have in common.</summary>
internal static class ServiceErrors
{
    /// <summary>What the service has against the caller, if that is why it answered so.</summary>
    public static (ErrorId ErrorId, string Message)? Credentials(AmazonServiceException e) => e.ErrorCode switch
    {
        _ when IsClockSkew(e) => (ErrorId.ClockSkewed, $"The clock of this machine {Difference(e)}, so that AWS does not accept what it signs."),
        "ExpiredToken" or "ExpiredTokenException" or "RequestExpired" => (ErrorId.CredentialsExpired, "The AWS credentials have expired."),
        "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "InvalidToken" or "UnrecognizedClientException"
            or "InvalidClientTokenId" or "InvalidSignatureException" or "IncompleteSignature" or "AuthFailure" =>
            (ErrorId.CredentialsInvalid, $"AWS does not accept the credentials ({e.ErrorCode})."),
        _ => null,
    };

    /// <summary>The failure that a service answered with.</summary>
    public static CseException Answered(
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
        {
            ErrorCode: "SlowDown" or "Throttling" or "ThrottlingException" or "ThrottledException" or "RequestThrottled" or "RequestThrottledException"
            or "TooManyRequests" or "TooManyRequestsException" or "RequestLimitExceeded" or "BandwidthLimitExceeded" or "ServiceUnavailable"
        }
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

    /// <summary>The failure of a request that no answer came to, or none that can be read.</summary>
    public static CseException Unanswered(string operation, string what, Exception e)
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

    /// <summary>The service's code of an error, to stand before what it said.</summary>
    public static string Code(AmazonServiceException e) => string.IsNullOrEmpty(e.ErrorCode) ? "" : $"{e.ErrorCode}: ";

    /// <summary>What a service said, with the id of the request.</summary>
    public static string Said(AmazonServiceException e) =>
        Said(string.IsNullOrEmpty(e.RequestId) ? e.Message : $"{e.Message.TrimEnd('.')} (request {e.RequestId})");

    /// <summary>What was said, as one sentence: some end with a full stop, and some do not.</summary>
    public static string Said(string message) => $"{message.TrimEnd('.')}.";
}
