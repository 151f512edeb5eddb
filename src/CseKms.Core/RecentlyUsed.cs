using System.Diagnostics.CodeAnalysis;

namespace CseKms.Core;

/// <summary>
/// The values that were asked for last, so many at most. What falls out is no longer held here; who uses it goes on with it, and the
/// garbage collector has it afterwards. Each value is made once, also when several ask at the same time; one whose making failed is
/// made again. Thread-safe.
/// </summary>
/// <param name="capacity">Values at most, 1 or more.</param>
internal sealed class RecentlyUsed<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly object _gate = new();
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, Lazy<TValue> Value)>> _nodes = [];
    private readonly LinkedList<(TKey Key, Lazy<TValue> Value)> _byUse = new();

    /// <summary>The value of a key, which is made where there is none.</summary>
    public TValue GetOrAdd(TKey key, Func<TKey, TValue> make)
    {
        LinkedListNode<(TKey Key, Lazy<TValue> Value)>? node;
        lock (_gate)
        {
            if (_nodes.TryGetValue(key, out node))
            {
                _byUse.Remove(node);
            }
            else
            {
                node = new((key, new Lazy<TValue>(() => make(key))));
                _nodes.Add(key, node);
            }

            _byUse.AddFirst(node);
            while (_nodes.Count > capacity)
            {
                Drop(_byUse.Last!);
            }
        }

        try
        {
            return node.Value.Value.Value;
        }
        catch
        {
            Remove(node);
            throw;
        }
    }

    /// <summary>The value of a key, if there is one.</summary>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (_gate)
        {
            var isThere = _nodes.TryGetValue(key, out var node) && node.Value.Value.IsValueCreated;
            value = isThere ? node!.Value.Value.Value : default;
            return isThere;
        }
    }

    /// <summary>Forgets the value of a key, where there is one.</summary>
    public void Remove(TKey key)
    {
        lock (_gate)
        {
            if (_nodes.TryGetValue(key, out var node))
            {
                Drop(node);
            }
        }
    }

    /// <summary>Forgets all values.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _nodes.Clear();
            _byUse.Clear();
        }
    }

    /// <summary>The values of this moment, the one that was used last first; those that are being made are not among them.</summary>
    public IReadOnlyList<(TKey Key, TValue Value)> Snapshot()
    {
        lock (_gate)
        {
            return [.. _byUse.Where(entry => entry.Value.IsValueCreated).Select(entry => (entry.Key, entry.Value.Value))];
        }
    }

    // Only that one: another may have taken its place meanwhile.
    private void Remove(LinkedListNode<(TKey Key, Lazy<TValue> Value)> node)
    {
        lock (_gate)
        {
            if (node.List == _byUse)
            {
                Drop(node);
            }
        }
    }

    private void Drop(LinkedListNode<(TKey Key, Lazy<TValue> Value)> node)
    {
        _nodes.Remove(node.Value.Key);
        _byUse.Remove(node);
    }
}
