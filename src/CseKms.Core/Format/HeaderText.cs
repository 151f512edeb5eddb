namespace CseKms.Core.Format;

/// <summary>Text in headers of HTTP, which is how S3 is told what to store beside an object. Not all text arrives unchanged.</summary>
internal static class HeaderText
{
    /// <summary>Whether all of it is printable ASCII.</summary>
    public static bool IsPrintable(string text) => text.All(c => c is >= ' ' and <= '~');

    /// <summary>Whether it begins or ends with a blank, which is dropped on the way (RFC 9110, 5.5).</summary>
    public static bool HasOuterBlank(string value) => value.StartsWith(' ') || value.EndsWith(' ');

    /// <summary>Whether it can be part of a header's name (RFC 9110, 5.6.2).</summary>
    public static bool IsToken(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c));
}
