namespace CseKms.Sandbox.S3;

/// <summary>The keys of a bucket in UTF-8 binary order, the order of S3's listings.</summary>
internal sealed class KeyIndex
{
    private readonly List<KeyEntry> _entries = [];
    private readonly Dictionary<string, KeyEntry> _byKey = new(StringComparer.Ordinal);

    public IReadOnlyList<KeyEntry> Entries => _entries;

    public KeyEntry? Find(string key) => _byKey.GetValueOrDefault(key);

    public KeyEntry GetOrAdd(string key)
    {
        if (!_byKey.TryGetValue(key, out var entry))
        {
            entry = new KeyEntry(key);
            _entries.Insert(LowerBound(key), entry);
            _byKey.Add(key, entry);
        }
        return entry;
    }

    public void Remove(string key)
    {
        if (_byKey.Remove(key))
        {
            _entries.RemoveAt(LowerBound(key));
        }
    }

    /// <summary>The position of the first key that is not before this one.</summary>
    public int LowerBound(string key) => Search(key, after: false);

    /// <summary>The position of the first key that is after this one.</summary>
    public int UpperBound(string key) => Search(key, after: true);

    /// <summary>The position of the first key that neither has this prefix nor is before it.</summary>
    public int EndOfPrefix(string prefix)
    {
        int low = LowerBound(prefix), high = _entries.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_entries[middle].Key.StartsWith(prefix, StringComparison.Ordinal))
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

    /// <summary>
    /// Compares as the UTF-8 bytes would. UTF-16 order differs only in that surrogates, which stand for the highest
    /// code points, sort before U+E000 to U+FFFF.
    /// </summary>
    public static int Compare(string a, string b)
    {
        var common = a.AsSpan().CommonPrefixLength(b);
        if (common == a.Length || common == b.Length)
        {
            return a.Length - b.Length;
        }
        return CodePointRank(a[common]) - CodePointRank(b[common]);
    }

    private static int CodePointRank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;

    private int Search(string key, bool after)
    {
        // Most writers add keys in order.
        if (_entries.Count > 0 && Compare(_entries[^1].Key, key) < 0)
        {
            return _entries.Count;
        }
        int low = 0, high = _entries.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            var order = Compare(_entries[middle].Key, key);
            if (order < 0 || (after && order == 0))
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
}
