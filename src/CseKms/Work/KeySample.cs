namespace CseKms.Work;

/// <summary>So many objects out of any number, each with the same chance, held back until all were seen.</summary>
/// <param name="size">How many, 1 or more.</param>
internal sealed class KeySample(int size)
{
    private readonly List<CseMeasuredObject> _held = [];
    private long _seen;

    /// <summary>The sample of what was seen so far.</summary>
    public IReadOnlyList<CseMeasuredObject> Held => _held;

    /// <summary>Takes one more object.</summary>
    /// <returns>The one that is in the sample no more, or never was; <see langword="null"/> as long as there is room.</returns>
    public CseMeasuredObject? Offer(CseMeasuredObject item)
    {
        _seen++;
        if (_held.Count < size)
        {
            _held.Add(item);
            return null;
        }

        var place = Random.Shared.NextInt64(_seen);
        if (place >= size)
        {
            return item;
        }

        var released = _held[(int)place];
        _held[(int)place] = item;
        return released;
    }
}
