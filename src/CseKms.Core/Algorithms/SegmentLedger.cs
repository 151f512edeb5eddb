namespace CseKms.Core.Algorithms;

/// <summary>
/// Which byte ranges of a message were taken, and the GHASH sums of those that are done. Neighbours that are done melt
/// into one, so that a message that goes through in order needs one entry, and at any time there are at most about as
/// many as there are gaps and running segments. Not thread-safe: the owner locks.
/// </summary>
internal sealed class SegmentLedger(GhashKey key) : IDisposable
{
    private readonly List<Entry> _entries = []; // by Start; disjoint

    /// <summary>The end of the last range taken, in bytes; 0 when there is none.</summary>
    public long End => _entries.Count == 0 ? 0 : _entries[^1].End;

    /// <summary>Takes a range that no other segment may have from now on, done or not.</summary>
    /// <param name="start">The first byte: a multiple of 16.</param>
    /// <param name="end">The byte after the last one: over <paramref name="start"/>.</param>
    /// <returns>What to give to <see cref="Complete"/>.</returns>
    /// <exception cref="InvalidOperationException">A part of the range was taken before; nothing has changed.</exception>
    public Entry Take(long start, long end)
    {
        int index = IndexOfFirstFrom(start);
        bool overlaps = (index > 0 && _entries[index - 1].End > start) || (index < _entries.Count && _entries[index].Start < end);
        if (overlaps)
        {
            throw new InvalidOperationException($"Bytes {start} to {end} overlap a segment that was already processed.");
        }

        var entry = new Entry(start, end);
        _entries.Insert(index, entry);
        return entry;
    }

    /// <summary>Enters the sum of a range taken before, in the multiplied form that <see cref="SeekableGcm"/> describes.</summary>
    public void Complete(Entry entry, GhashElement sum)
    {
        entry.Sum = sum;
        entry.Done = true;
        int index = IndexOfFirstFrom(entry.Start);
        MergeWithNext(index);
        if (index > 0)
        {
            MergeWithNext(index - 1);
        }
    }

    /// <summary>The sum of the message, if what was taken is exactly the bytes from 0 to <paramref name="length"/>, and all of it is done.</summary>
    public bool TryGetSum(long length, out GhashElement sum)
    {
        sum = default;
        if (_entries.Count == 0)
        {
            return length == 0;
        }

        Entry first = _entries[0];
        if (_entries.Count != 1 || !first.Done || first.Start != 0 || first.End != length)
        {
            return false;
        }

        sum = first.Sum;
        return true;
    }

    /// <summary>Zeroes the sums and forgets the ranges.</summary>
    public void Dispose()
    {
        foreach (Entry entry in _entries)
        {
            entry.Sum = default;
        }

        _entries.Clear();
    }

    private void MergeWithNext(int index)
    {
        if (index + 1 >= _entries.Count)
        {
            return;
        }

        Entry left = _entries[index];
        Entry right = _entries[index + 1];
        if (left.Done && right.Done && left.End == right.Start)
        {
            left.Sum = key.TimesPower(left.Sum, GhashKey.Blocks(right.End - right.Start)) + right.Sum;
            left.End = right.End;
            right.Sum = default;
            _entries.RemoveAt(index + 1);
        }
    }

    private int IndexOfFirstFrom(long start)
    {
        int low = 0;
        int high = _entries.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_entries[middle].Start < start)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>A range of the message, in bytes, with its sum once it is done.</summary>
    public sealed class Entry(long start, long end)
    {
        internal long Start { get; } = start;

        internal long End { get; set; } = end;

        internal bool Done { get; set; }

        internal GhashElement Sum { get; set; }
    }
}
