using System.Globalization;

namespace CseKms.Sandbox.S3;

/// <summary>Retention and legal hold from the headers of a write, and back onto the headers of a read.</summary>
internal static class ObjectLockHeaders
{
    private const string Mode = "x-amz-object-lock-mode";
    private const string RetainUntil = "x-amz-object-lock-retain-until-date";
    private const string LegalHold = "x-amz-object-lock-legal-hold";

    public static bool AreIn(Exchange exchange) =>
        exchange.Header(Mode) is not null || exchange.Header(RetainUntil) is not null || exchange.Header(LegalHold) is not null;

    public static ObjectLock? Read(Exchange exchange, Bucket bucket)
    {
        if (!AreIn(exchange))
        {
            return null;
        }
        if (!bucket.HasObjectLock)
        {
            throw S3Errors.InvalidRequest("Bucket is missing Object Lock Configuration");
        }
        var mode = exchange.Header(Mode);
        var until = exchange.Header(RetainUntil);
        if (mode is null != until is null)
        {
            throw S3Errors.InvalidArgument(
                $"{RetainUntil} and {Mode} must both be supplied", mode is null ? RetainUntil : Mode, mode ?? until);
        }
        return new ObjectLock
        {
            Mode = CheckMode(mode),
            RetainUntil = until is null ? default : ReadTime(until),
            HasLegalHold = exchange.Header(LegalHold) switch
            {
                null or "OFF" => false,
                "ON" => true,
                var other => throw S3Errors.InvalidArgument("Legal Hold must be either of 'ON' or 'OFF'", LegalHold, other),
            },
        };
    }

    public static void Write(Exchange exchange, ObjectLock? given)
    {
        var headers = exchange.Response.Headers;
        if (given?.Mode is { } mode)
        {
            headers[Mode] = mode;
            headers[RetainUntil] = XmlText.Time(given.RetainUntil);
        }
        if (given is not null)
        {
            headers[LegalHold] = given.HasLegalHold ? "ON" : "OFF";
        }
    }

    public static string? CheckMode(string? mode) => mode is null or "GOVERNANCE" or "COMPLIANCE"
        ? mode
        : throw S3Errors.InvalidArgument("Unknown wormMode directive.", Mode, mode);

    public static DateTimeOffset ReadTime(string text)
    {
        var isTime = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time);
        if (!isTime)
        {
            throw S3Errors.InvalidArgument("The retain until date must be provided in ISO 8601 format", RetainUntil, text);
        }
        return time > DateTimeOffset.UtcNow
            ? time
            : throw S3Errors.InvalidArgument("The retain until date must be in the future!", RetainUntil, text);
    }
}
