using System.Globalization;
using CseKms.Sandbox.Http;

namespace CseKms.Sandbox;

/// <summary>What a fault does to a request or to its answer. Immutable, but for the rate of a slow line that several share.</summary>
public sealed record FaultAction
{
    private FaultAction()
    {
    }

    // What befalls a request before anything is done.

    /// <summary>Closes the connection before anything is read or done.</summary>
    public static FaultAction Drop { get; } = new() { DropBefore = true };

    /// <summary>Resets the connection (RST) before anything is read or done.</summary>
    public static FaultAction Reset { get; } = new() { ResetBefore = true };

    /// <summary>Blocks the request before anything is read or done, until <see cref="Fault.Release"/>.</summary>
    public static FaultAction Hold { get; } = new() { HoldBefore = true };

    /// <summary>Waits before doing anything.</summary>
    public static FaultAction Delay(TimeSpan delay) => new() { DelayBy = delay };

    /// <summary>Reads the bodies of all requests that it strikes at so many bytes a second together, like a slow uplink.</summary>
    public static FaultAction SlowUpload(double bytesPerSecond) => new() { UploadPace = new Pace(bytesPerSecond) };

    /// <summary>Stops reading after so many bytes of the request's body, until <see cref="Fault.Release"/>.</summary>
    public static FaultAction StallUpload(long after) => new() { StallUploadAfter = after };

    /// <summary>Closes the connection after so many bytes of the request's body.</summary>
    public static FaultAction CutUpload(long after) => new() { CutUploadAfter = after };

    /// <summary>Passes over a header of the request, such as <c>Range</c>.</summary>
    public static FaultAction IgnoreHeader(string name) => new() { EditRequest = exchange => exchange.Request.Headers.Remove(name) };

    /// <summary>Lists so many entries a page at most, as S3 may whenever it likes. It goes before what the client asks for.</summary>
    public static FaultAction SmallPages(int entries) => new()
    {
        EditRequest = exchange => exchange.Target = RawTarget.Parse(
            $"{exchange.Target.Text.Split('?', 2)[0]}?max-keys={entries}&max-uploads={entries}&{exchange.Target.Text.Split('?', 2).ElementAtOrDefault(1)}"),
    };

    // What is answered instead of doing anything.

    /// <summary>Answers an error of AWS instead of doing anything, such as 503 SlowDown or 409 ConditionalRequestConflict.</summary>
    public static FaultAction Fail(int status, string code, string? message = null) =>
        new() { Error = _ => new AwsException(status, code, message ?? DefaultMessage(code)) };

    /// <summary>Answers what the service answers to those who ask too often: S3's SlowDown, KMS's ThrottlingException, …</summary>
    public static FaultAction Throttle { get; } = new()
    {
        Error = request => request.Service switch
        {
            "s3" => new AwsException(503, "SlowDown", DefaultMessage("SlowDown")),
            "sso" or "sso-oidc" => new AwsException(429, "TooManyRequestsException", "HTTP 429 Unknown Code"),
            "sts" => new AwsException(400, "Throttling", "Rate exceeded"),
            _ => new AwsException(400, "ThrottlingException", DefaultMessage("ThrottlingException")),
        },
    };

    /// <summary>Refuses the request because the caller's clock is wrong, with a Date that is so far away.</summary>
    public static FaultAction SkewClock(TimeSpan by) => new()
    {
        Error = request => Skewed(request, DateTimeOffset.UtcNow + by),
    };

    /// <summary>Answers this, with status 200, instead of doing anything: an HTML page, an empty page, an error of S3.</summary>
    public static FaultAction Answer(string contentType, string body) => new() { Instead = (contentType, body) };

    /// <summary>Answers status 200 and an error of S3 within, instead of doing anything.</summary>
    public static FaultAction FailWithin200(string code, string? message = null) =>
        Answer("application/xml", ErrorText(code, message));

    // What befalls the answer when all was done.

    /// <summary>Does what was asked, then closes the connection without a reply.</summary>
    /// <remarks>
    /// The SDK for .NET takes this for a stale connection and sends again, beside its MaxErrorRetry and with the same
    /// attempt number, up to its MaxStaleConnectionRetries; so order it more than once, or set that to 0, to see the loss.
    /// </remarks>
    public static FaultAction DropReply { get; } = new() { DropAfter = true };

    /// <summary>Does what was asked and blocks the reply, until <see cref="Fault.Release"/>.</summary>
    public static FaultAction HoldReply { get; } = new() { HoldAfter = true };

    /// <summary>Closes the connection after so many bytes of the answer's body.</summary>
    public static FaultAction CutBody(long after) => new() { CutAfter = after };

    /// <summary>Stops sending after so many bytes of the answer's body, until <see cref="Fault.Release"/>.</summary>
    public static FaultAction StallBody(long after) => new() { StallAfter = after };

    /// <summary>Sends the bodies of all answers that it strikes at so many bytes a second together.</summary>
    public static FaultAction SlowBody(double bytesPerSecond) => new() { BodyPace = new Pace(bytesPerSecond) };

    /// <summary>Flips the lowest bit of one byte of the answer's body; a negative offset counts from its end.</summary>
    public static FaultAction FlipByte(long offset) => new() { FlipAt = offset };

    /// <summary>Leaves a header of the answer out.</summary>
    public static FaultAction WithoutHeader(string name) => new() { EditHeaders = headers => headers.Remove(name) };

    /// <summary>Gives a header of the answer another value.</summary>
    public static FaultAction WithHeader(string name, string value) => new() { EditHeaders = headers => headers[name] = value };

    /// <summary>Does what was asked and changes the text of the answer, XML or JSON; the length is that of the new text.</summary>
    public static FaultAction Rewrite(Func<string, string> edit) => new() { EditText = edit };

    /// <summary>Does what was asked and answers status 200 with an HTML page.</summary>
    public static FaultAction AnswerHtml { get; } = new()
    {
        EditText = _ => "<!DOCTYPE html><html><head><title>Sign in</title></head><body><p>Please sign in.</body></html>",
        EditHeaders = headers => headers.ContentType = "text/html",
    };

    /// <summary>Does what was asked and answers nothing.</summary>
    public static FaultAction AnswerNothing { get; } = Rewrite(_ => "");

    /// <summary>Makes the text of the answer end after so many of its characters, and says so in its length.</summary>
    public static FaultAction Shorten(int length) => Rewrite(text => text[..Math.Min(length, text.Length)]);

    /// <summary>Makes the text of the answer end before this part of it, and says so in its length.</summary>
    public static FaultAction EndBefore(string part) => Rewrite(
        text => text.IndexOf(part, StringComparison.Ordinal) is var at and > 0 ? text[..at] : text[..(text.Length / 2)]);

    /// <summary>Adds to the end of the text of the answer.</summary>
    public static FaultAction Append(string text) => Rewrite(body => body + text);

    /// <summary>Makes every ETag of the answer a weak one, as a proxy does that compresses.</summary>
    public static FaultAction WeakenETags { get; } = new()
    {
        EditHeaders = headers =>
        {
            if (headers.ETag.ToString() is { Length: > 0 } etag)
            {
                headers.ETag = "W/" + etag;
            }
        },
        EditText = Answers.WeakenETags,
    };

    /// <summary>Leaves an element out of the answer, everywhere: <c>UploadId</c>, or <c>Key</c>, <c>Size</c>, <c>ETag</c> of a listing.</summary>
    public static FaultAction WithoutElement(string name) => Rewrite(text => Answers.Without(text, name));

    /// <summary>Says that a listing goes on, and does not say where.</summary>
    public static FaultAction TruncateWithoutToken { get; } = Rewrite(Answers.TruncateWithoutToken);

    /// <summary>Says that a listing goes on where the page itself began.</summary>
    public static FaultAction RepeatToken { get; } = Rewrite(Answers.RepeatToken);

    /// <summary>Says that a listing goes on, each time by the same token.</summary>
    public static FaultAction SameToken { get; } = Rewrite(text => Answers.WithToken(text, "c2FtZQ=="));

    /// <summary>Lists keys as they are and says nothing of an encoding, as stores do that pass over <c>encoding-type</c>.</summary>
    public static FaultAction ListWithoutEncoding { get; } = Rewrite(Answers.Decode);

    internal TimeSpan DelayBy { get; private init; }

    internal bool DropBefore { get; private init; }

    internal bool ResetBefore { get; private init; }

    internal bool HoldBefore { get; private init; }

    internal Pace? UploadPace { get; private init; }

    internal long? StallUploadAfter { get; private init; }

    internal long? CutUploadAfter { get; private init; }

    internal Action<Exchange>? EditRequest { get; private init; }

    internal Func<SandboxRequest, AwsException>? Error { get; private init; }

    internal (string ContentType, string Body)? Instead { get; private init; }

    internal bool DropAfter { get; private init; }

    internal bool HoldAfter { get; private init; }

    internal Action<IHeaderDictionary>? EditHeaders { get; private init; }

    internal Func<string, string>? EditText { get; private init; }

    internal long? CutAfter { get; private init; }

    internal long? StallAfter { get; private init; }

    internal Pace? BodyPace { get; private init; }

    internal long? FlipAt { get; private init; }

    /// <summary>The body of an error of S3.</summary>
    public static string ErrorText(string code, string? message = null) =>
        $"""<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message ?? DefaultMessage(code)}</Message><RequestId>656c76696e6727</RequestId><HostId>Uuag1LuByRx9e6j5Onimru9pO4ZVKnJ2Qz7/C1NPcfTWAtRPfTaOFg==</HostId></Error>""";

    private static AwsException Skewed(SandboxRequest request, DateTimeOffset now)
    {
        var date = now.ToString("R", CultureInfo.InvariantCulture);
        if (request.Service != "s3")
        {
            var signed = request.Headers.GetValueOrDefault("x-amz-date", "");
            return new AwsException(
                400, "InvalidSignatureException",
                $"Signature expired: {signed} is now earlier than {now.AddMinutes(-5):yyyyMMdd'T'HHmmss'Z'} ({now:yyyyMMdd'T'HHmmss'Z'} - 5 min.)")
            {
                Headers = { ["Date"] = date },
            };
        }
        return new AwsException(
            403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.",
            ("RequestTime", request.Headers.GetValueOrDefault("x-amz-date", "")), ("ServerTime", now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)),
            ("MaxAllowedSkewMilliseconds", "900000"))
        {
            Headers = { ["Date"] = date },
        };
    }

    private static string DefaultMessage(string code) => code switch
    {
        "SlowDown" => "Please reduce your request rate.",
        "InternalError" => "We encountered an internal error. Please try again.",
        "ServiceUnavailable" => "Service is unable to handle request.",
        "RequestTimeout" => "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.",
        "OperationAborted" => "A conflicting conditional operation is currently in progress against this resource. Please try again.",
        "ConditionalRequestConflict" => "The conditional request cannot succeed due to a conflicting operation against this resource.",
        "AccessDenied" => "Access Denied",
        "ThrottlingException" => "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
        "TooManyRequests" => "Please reduce your request rate.",
        "InvalidObjectState" => "The operation is not valid for the object's storage class",
        "NotImplemented" => "A header you provided implies functionality that is not implemented",
        _ => code,
    };
}
