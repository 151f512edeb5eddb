using System.Globalization;

namespace CseKms.Sandbox.SigV4;

/// <summary>The same refusals have other names and statuses in S3, in the JSON services and in the query services.</summary>
internal abstract class AuthErrors(string service)
{
    protected const string WrongSignatureMessage =
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.";

    public string Service => service;

    public abstract AwsException Missing();

    public abstract AwsException Malformed(string message);

    public abstract AwsException WrongScope(Credential credential);

    public abstract AwsException UnknownKey(Credential credential);

    public abstract AwsException Skewed(Credential credential, DateTimeOffset now);

    public abstract AwsException PresignedExpired(DateTimeOffset expired, DateTimeOffset now);

    public abstract AwsException HeaderNotSigned(string name);

    public abstract AwsException WrongSignature(Credential credential, string canonicalRequest, string toSign);

    public abstract AwsException WrongToken();

    public abstract AwsException ExpiredToken();
}

internal sealed class S3AuthErrors() : AuthErrors("s3")
{
    public override AwsException Missing() => new(403, "AccessDenied", "Access Denied");

    public override AwsException Malformed(string message) => new(400, "AuthorizationHeaderMalformed", message);

    public override AwsException WrongScope(Credential credential) => new(
        400, "AuthorizationHeaderMalformed",
        $"The authorization header is malformed; incorrect service \"{credential.Service}\". This endpoint belongs to \"s3\".");

    public override AwsException UnknownKey(Credential credential) => new(
        403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.",
        ("AWSAccessKeyId", credential.AccessKeyId));

    public override AwsException Skewed(Credential credential, DateTimeOffset now) => new(
        403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.",
        ("RequestTime", credential.Timestamp), ("ServerTime", now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)),
        ("MaxAllowedSkewMilliseconds", "900000"));

    public override AwsException PresignedExpired(DateTimeOffset expired, DateTimeOffset now) => new(
        403, "AccessDenied", "Request has expired",
        ("Expires", expired.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)), ("ServerTime", now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)));

    public override AwsException HeaderNotSigned(string name) => new(
        403, "AccessDenied", "There were headers present in the request which were not signed", ("HeadersNotSigned", name));

    public override AwsException WrongSignature(Credential credential, string canonicalRequest, string toSign) => new(
        403, "SignatureDoesNotMatch", WrongSignatureMessage,
        ("AWSAccessKeyId", credential.AccessKeyId), ("StringToSign", toSign),
        ("SignatureProvided", credential.Signature), ("CanonicalRequest", canonicalRequest));

    public override AwsException WrongToken() => new(400, "InvalidToken", "The provided token is malformed or otherwise invalid.");

    public override AwsException ExpiredToken() => new(400, "ExpiredToken", "The provided token has expired.");
}

/// <summary>For KMS, and whatever JSON service joins it.</summary>
internal sealed class JsonAuthErrors(string service) : AuthErrors(service)
{
    public override AwsException Missing() => new(400, "MissingAuthenticationTokenException", "Missing Authentication Token");

    public override AwsException Malformed(string message) => new(400, "IncompleteSignatureException", message);

    public override AwsException WrongScope(Credential credential) => new(
        400, "InvalidSignatureException", $"Credential should be scoped to correct service: '{Service}'. ");

    public override AwsException UnknownKey(Credential credential) => WrongToken();

    public override AwsException Skewed(Credential credential, DateTimeOffset now)
    {
        var kind = credential.Time < now ? "expired" : "not yet current";
        return new(
            400, "InvalidSignatureException",
            $"Signature {kind}: {credential.Timestamp} is more than 15 min. away from {now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}");
    }

    public override AwsException PresignedExpired(DateTimeOffset expired, DateTimeOffset now) => new(
        400, "InvalidSignatureException", "Signature expired");

    public override AwsException HeaderNotSigned(string name) => new(
        400, "InvalidSignatureException", $"'{name}' must be a 'SignedHeader' in the AWS Authorization.");

    public override AwsException WrongSignature(Credential credential, string canonicalRequest, string toSign) => new(
        400, "InvalidSignatureException",
        $"{WrongSignatureMessage}\n\nThe Canonical String for this request should have been\n'{canonicalRequest}'\n\nThe String-to-Sign should have been\n'{toSign}'\n");

    public override AwsException WrongToken() => new(
        400, "UnrecognizedClientException", "The security token included in the request is invalid.");

    public override AwsException ExpiredToken() => new(
        400, "ExpiredTokenException", "The security token included in the request is expired");
}

/// <summary>For STS, and whatever query service joins it.</summary>
internal sealed class QueryAuthErrors(string service) : AuthErrors(service)
{
    public override AwsException Missing() => new(403, "MissingAuthenticationToken", "Request is missing Authentication Token");

    public override AwsException Malformed(string message) => new(400, "IncompleteSignature", message);

    public override AwsException WrongScope(Credential credential) =>
        Mismatch($"Credential should be scoped to correct service: '{Service}'. ");

    public override AwsException UnknownKey(Credential credential) => WrongToken();

    public override AwsException Skewed(Credential credential, DateTimeOffset now) => Mismatch(
        $"Signature {(credential.Time < now ? "expired" : "not yet current")}: {credential.Timestamp} is more than 15 min. away from {now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}");

    public override AwsException PresignedExpired(DateTimeOffset expired, DateTimeOffset now) => Mismatch("Signature expired");

    public override AwsException HeaderNotSigned(string name) => Mismatch($"'{name}' must be a 'SignedHeader' in the AWS Authorization.");

    public override AwsException WrongSignature(Credential credential, string canonicalRequest, string toSign) =>
        Mismatch(WrongSignatureMessage);

    public override AwsException WrongToken() => new(
        403, "InvalidClientTokenId", "The security token included in the request is invalid.");

    public override AwsException ExpiredToken() => new(403, "ExpiredToken", "The security token included in the request is expired");

    private static AwsException Mismatch(string message) => new(403, "SignatureDoesNotMatch", message);
}
