using System.Text;
using CseKms.Core.Content;

namespace CseKms.Binding;

/// <summary>What a platform's file system can name, as a value, so that the rules of each can be tested on any.</summary>
internal sealed class PathRules
{
    public static readonly PathRules Windows = new() { IsWindows = true, IgnoresCase = true };
    public static readonly PathRules MacOS = new() { IgnoresCase = true, Normalizes = true };
    public static readonly PathRules Linux = new();

    public static PathRules Current { get; } =
        OperatingSystem.IsWindows() ? Windows : OperatingSystem.IsMacOS() ? MacOS : Linux;

    /// <summary>The rules of a folder, whose file system may ignore case where that is not usual.</summary>
    public static PathRules Of(string folder) => Current.IsExact && FolderNames.IgnoreCase(folder) ? MacOS : Current;

    public bool IsWindows { get; private init; }

    /// <summary>Whether two paths are one file only where they are written alike.</summary>
    public bool IsExact => !IsWindows && !IgnoresCase && !Normalizes;

    private bool IgnoresCase { get; init; }

    private bool Normalizes { get; init; }

    /// <summary>Two paths with one identity are one file on the platform.</summary>
    public string Identity(IEnumerable<string> segments)
    {
        var path = string.Join('/', IsWindows ? segments.Select(segment => segment.TrimEnd('.', ' ')) : segments);
        if (Normalizes)
        {
            path = path.Normalize(NormalizationForm.FormC);
        }

        return IgnoresCase ? path.ToUpperInvariant() : path;
    }

    /// <summary>Why a name would reach something else than a file below the destination, or <see langword="null"/>.</summary>
    public string? Danger(string segment) =>
        segment is "." or ".." ? "holds the name '.' or '..'"
        : segment.Contains('\0') ? "holds a NUL character"
        : !IsWindows ? null
        : segment.Contains('\\') ? "holds a backslash, which separates folders on Windows"
        : segment.Contains(':') ? "holds a colon, which names a drive or a stream on Windows"
        : IsDevice(segment) ? "has the name of a Windows device"
        : null;

    /// <summary>Why the platform cannot name a file so, or <see langword="null"/>.</summary>
    public string? Problem(string segment) =>
        segment.Length == 0 ? "has an empty name between two slashes"
        : (IsWindows ? segment.Length : Encoding.UTF8.GetByteCount(segment)) > 255 ? "has a name that is too long"
        : !IsWindows ? null
        : segment.Any(c => c < ' ' || "<>\"|?*".Contains(c)) ? "holds a character that Windows reserves"
        : segment[^1] is '.' or ' ' ? "has a name that ends in a dot or a space"
        : null;

    // CON, con.txt, "COM1 .log" and COM¹ are all devices.
    private static bool IsDevice(string segment)
    {
        var stem = segment.Split('.')[0].TrimEnd(' ').ToUpperInvariant();
        return stem is "CON" or "PRN" or "AUX" or "NUL" or "CONIN$" or "CONOUT$"
            || (stem.Length == 4 && stem[..3] is "COM" or "LPT" && "0123456789¹²³".Contains(stem[3]));
    }
}
