using System.Text.Json;

namespace CseKms.Work;

/// <summary>
/// A file of receipts: one JSON object a line, which is written whole or, by a kill, not at all or torn. Several processes of a machine may
/// add to one file, each when it has locked it.
/// </summary>
/// <param name="path">The file, absolute. A new one is its owner's alone.</param>
/// <param name="operation">The verb of the cmdlet.</param>
internal sealed class ReceiptFile(string path, string operation)
{
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int WouldBlock = 11, WouldBlockOnMacOS = 35;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    private bool _hasFailed;

    /// <summary>Adds lines, and makes the file if there is none. After a failure it does nothing any more.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be written.</exception>
    public void Add(IReadOnlyList<Receipt> receipts)
    {
        if (_hasFailed)
        {
            return;
        }

        try
        {
            var lines = Encode(receipts);
            using var file = OpenLocked();

            // What a killed process wrote half stays a line of its own.
            if (lines.Length > 0 && EndsTorn(file))
            {
                lines = [(byte)'\n', .. lines];
            }

            file.Write(lines);
        }
        catch
        {
            _hasFailed = true;
            throw;
        }
    }

    private byte[] Encode(IReadOnlyList<Receipt> receipts)
    {
        using var lines = new MemoryStream();
        foreach (var receipt in receipts)
        {
            using (var json = new Utf8JsonWriter(lines))
            {
                receipt.WriteTo(json, operation);
            }

            lines.WriteByte((byte)'\n');
        }

        return lines.ToArray();
    }

    private static bool EndsTorn(FileStream file)
    {
        if (file.Length > 0)
        {
            file.Seek(-1, SeekOrigin.End);
            return file.ReadByte() != '\n';
        }

        return false;
    }

    private FileStream OpenLocked()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            BufferSize = 0,

            // Windows lets others read meanwhile; elsewhere only this excludes other writers, and no reader asks.
            Share = OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        for (var until = DateTime.UtcNow + Patience; ;)
        {
            try
            {
                var file = new FileStream(path, options);
                file.Seek(0, SeekOrigin.End);
                return file;
            }
            catch (IOException e) when (e.HResult is SharingViolation or WouldBlock or WouldBlockOnMacOS && DateTime.UtcNow < until)
            {
                Thread.Sleep(Pause);
            }
        }
    }
}
