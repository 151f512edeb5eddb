using CseKms.Core.Content;

namespace CseKms.Core.Transfer;

/// <summary>
/// Divides what is left of an object among workers: long ranges at first, for fewer requests, and ever shorter ones, so that all workers
/// end at about the same time. There is one range even when nothing is left. Thread-safe.
/// </summary>
internal sealed class RangeDivider
{
    /// <summary>Bytes of the longest range, 96 MiB. All of them go through one small buffer of the worker.</summary>
    public const long Longest = 8L * Part.Size;

    private readonly object _gate = new();
    private readonly long _end;
    private long _next;
    private bool _isFirstTaken;

    /// <param name="start">Where the first range begins.</param>
    /// <param name="end">Where the last range ends, not less than <paramref name="start"/>.</param>
    /// <param name="maxWorkers">How many take ranges at most, 1 or more.</param>
    public RangeDivider(long start, long end, int maxWorkers)
    {
        _next = start;
        _end = end;
        Workers = (int)Math.Clamp((end - start + Part.Size - 1) / Part.Size, 1, maxWorkers);
    }

    /// <summary>How many workers there is something to do for.</summary>
    public int Workers { get; }

    /// <summary>Takes the next range.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="end">Where it ends: whole parts further on, or where the last range ends.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryTake(out long start, out long end)
    {
        lock (_gate)
        {
            var left = _end - _next;
            var isThere = left > 0 || !_isFirstTaken;
            var wholeParts = left / (2L * Workers * Part.Size) * Part.Size;
            start = _next;
            end = _next = start + Math.Min(left, Math.Clamp(wholeParts, Part.Size, Longest));
            _isFirstTaken = true;
            return isThere;
        }
    }
}
