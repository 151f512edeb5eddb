using System.Globalization;
using System.Net.Http.Headers;

namespace CseKms.Core.Format;

/// <summary>The headers that S3 stores with an object and gives to whoever fetches it, and its lock.</summary>
internal static class ObjectHeaders
{
    private const string ContentType = "Content-Type";
    private const string Expires = "Expires";

    private static readonly string[] Names = ["Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", Expires];

    /// <summary>Checks what the caller gives before KMS makes a data key that could not be used.</summary>
    /// <exception cref="CseException">
    /// <see cref="ErrorId.ContentTypeInvalid"/>, <see cref="ErrorId.HeaderInvalid"/>, <see cref="ErrorId.ObjectLockInvalid"/>.
    /// </exception>
    public static void EnsureValid(ObjectAttributes attributes)
    {
        _ = Of(attributes);
        if (attributes.ObjectLockMode is null != attributes.ObjectLockRetainUntil is null)
        {
            throw new CseException(ErrorId.ObjectLockInvalid, "An object is retained in a mode and until a date, and one of the two is missing.");
        }

        if (attributes.ObjectLockRetainUntil is { } until && until <= DateTimeOffset.UtcNow)
        {
            throw new CseException(ErrorId.ObjectLockInvalid, $"An object cannot be retained until {until:u}, which is past.");
        }
    }

    /// <summary>The headers of an object, in the one form of each that the HTTP client does not rewrite after it is signed.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.ContentTypeInvalid"/>, <see cref="ErrorId.HeaderInvalid"/>.</exception>
    public static IReadOnlyDictionary<string, string> Of(ObjectAttributes attributes)
    {
        var headers = attributes.Headers.ToDictionary(header => header.Key, header => Value(header.Key, header.Value));
        if (attributes.ContentType is { } type)
        {
            headers[ContentType] = MediaType(type);
        }

        return headers;
    }

    private static string MediaType(string type) =>
        HeaderText.IsPrintable(type) && MediaTypeHeaderValue.TryParse(type, out var parsed)
            ? parsed.ToString()
            : throw new CseException(ErrorId.ContentTypeInvalid, $"'{type}' is no content type: it is not of the form type/subtype.");

    private static string Value(string name, string value)
    {
        if (!Names.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            throw new CseException(ErrorId.HeaderInvalid, $"'{name}' is no header that is stored with an object.");
        }

        if (value.Length == 0 || !HeaderText.IsPrintable(value) || HeaderText.HasOuterBlank(value))
        {
            throw new CseException(
                ErrorId.HeaderInvalid, $"The value of the header {name} is empty, has a blank at an end, or holds something else than printable ASCII.");
        }

        if (!name.Equals(Expires, StringComparison.OrdinalIgnoreCase))
        {
            return value;
        }

        return DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? date.ToString("R", CultureInfo.InvariantCulture)
            : throw new CseException(ErrorId.HeaderInvalid, $"The value of the header {name}, '{value}', is no date.");
    }
}
