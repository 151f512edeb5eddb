namespace CseKms.Core.Aws;

/// <summary>Entity tags of HTTP (RFC 9110, 8.8.3).</summary>
internal static class EntityTag
{
    private const string Weak = "W/";

    /// <summary>Whether a tag is weak, so that <c>If-Match</c> is never true of it.</summary>
    public static bool IsWeak(string? tag) => tag?.StartsWith(Weak, StringComparison.Ordinal) == true;

    /// <summary>The weak comparison: whether two tags name equal content, however weak one of them is.</summary>
    public static bool Same(string a, string b) => Opaque(a).SequenceEqual(Opaque(b));

    /// <summary>A tag as a strong one.</summary>
    public static string Strong(string tag) => Opaque(tag).ToString();

    private static ReadOnlySpan<char> Opaque(string tag) => tag.AsSpan(IsWeak(tag) ? Weak.Length : 0);
}
