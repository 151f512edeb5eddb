using System.Globalization;

namespace CseKms.Core.Format;

/// <summary>Which properties of a file go with its content.</summary>
[Flags]
public enum KeptProperties
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The time at which it was last written.</summary>
    Timestamp = 1,

    /// <summary>Who may read, write and execute it, on Linux and macOS.</summary>
    Mode = 2,
}

/// <summary>
/// Properties of a file as user metadata keep them, by the names and in the form of rclone. Nothing authenticates them: whoever can write to
/// the bucket can change them. Immutable.
/// </summary>
/// <param name="LastWrite">When the file was last written, in UTC; S3 keeps it to 100 nanoseconds.</param>
/// <param name="Mode">The nine permission bits.</param>
internal sealed record FileProperties(DateTime? LastWrite, UnixFileMode? Mode)
{
    private const string TimeName = "mtime";
    private const string ModeName = "mode";
    private const int RegularFile = 8;

    // What Windows cannot keep is no time of a file either.
    private static readonly DateTime Earliest = new(1601, 1, 1, 0, 0, 1, DateTimeKind.Utc);

    /// <summary>What takes the most room in metadata.</summary>
    public static FileProperties Largest { get; } = new(Earliest.AddTicks(1), Permissions);

    /// <summary>The bits of a mode that are kept: not setuid, setgid and sticky.</summary>
    public const UnixFileMode Permissions = (UnixFileMode)0x1FF;

    /// <summary>None.</summary>
    public static FileProperties None { get; } = new(null, null);

    /// <summary>Reads what user metadata tell; a value that is no time or mode counts as none.</summary>
    public static FileProperties Of(IReadOnlyDictionary<string, string> metadata) =>
        new(ToTime(metadata.GetValueOrDefault(TimeName)), ToMode(metadata.GetValueOrDefault(ModeName)));

    /// <summary>Those of them that are wanted.</summary>
    public FileProperties Only(KeptProperties wanted) =>
        new(wanted.HasFlag(KeptProperties.Timestamp) ? LastWrite : null, wanted.HasFlag(KeptProperties.Mode) ? Mode & Permissions : null);

    /// <summary>User metadata with them added. What the caller gives a name of theirs stays.</summary>
    public IReadOnlyDictionary<string, string> AddTo(IReadOnlyDictionary<string, string> metadata)
    {
        var all = metadata.ToDictionary();
        Add(TimeName, LastWrite is { } time ? ToText(time) : null);
        Add(ModeName, Mode is { } mode ? Convert.ToString((int)mode, 8).PadLeft(3, '0') : null);
        return all;

        void Add(string name, string? value)
        {
            if (value is not null && !all.Keys.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                all.Add(name, value);
            }
        }
    }

    // Seconds since 1970, and as many digits of a fraction as it has.
    private static string ToText(DateTime time) =>
        ((decimal)(time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond).ToString("0.#######", CultureInfo.InvariantCulture);

    private static DateTime? ToTime(string? text)
    {
        const NumberStyles Seconds = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (!decimal.TryParse(text, Seconds, CultureInfo.InvariantCulture, out var seconds) || Math.Abs(seconds) > TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerSecond)
        {
            return null;
        }

        var ticks = (long)decimal.Floor(seconds * TimeSpan.TicksPerSecond);
        return ticks >= (Earliest - DateTime.UnixEpoch).Ticks && ticks <= (DateTime.MaxValue - DateTime.UnixEpoch).Ticks
            ? DateTime.UnixEpoch.AddTicks(ticks)
            : null;
    }

    // Octal; rclone writes the kind of the file in front. What s3fs writes, decimal, is not taken for it.
    private static UnixFileMode? ToMode(string? text)
    {
        if (text is null or { Length: < 3 or > 7 } || text.Any(digit => digit is < '0' or > '7'))
        {
            return null;
        }

        var mode = Convert.ToInt32(text, 8);
        return mode >> 12 is 0 or RegularFile ? (UnixFileMode)mode & Permissions : null;
    }
}
