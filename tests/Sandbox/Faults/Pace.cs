namespace CseKms.Sandbox;

/// <summary>A line of so many bytes a second that all who use it share.</summary>
internal sealed class Pace(double bytesPerSecond)
{
    private readonly Lock _lock = new();
    private DateTime _free = DateTime.UtcNow;

    /// <summary>The bytes to send or read at once: a tenth of a second's, so that a line looks steady.</summary>
    public int Piece { get; } = Math.Max(1, (int)(bytesPerSecond / 10));

    /// <summary>Waits until the line has carried so many bytes.</summary>
    public Task CarryAsync(int bytes, CancellationToken cancellationToken)
    {
        DateTime until;
        lock (_lock)
        {
            var now = DateTime.UtcNow;
            until = _free = (_free > now ? _free : now).AddSeconds(bytes / bytesPerSecond);
        }
        return until - DateTime.UtcNow is var wait && wait > TimeSpan.Zero ? Task.Delay(wait, cancellationToken) : Task.CompletedTask;
    }
}
