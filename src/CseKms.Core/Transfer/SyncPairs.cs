using CseKms.Core.Content;

namespace CseKms.Core.Transfer;

/// <summary>Brings what a folder has and what a prefix has together, name by name, as both come. It keeps nothing of them.</summary>
public static class SyncPairs
{
    /// <summary>Pairs files and objects.</summary>
    /// <param name="files">What is below the folder, in order.</param>
    /// <param name="objects">What is below the prefix, in order.</param>
    /// <param name="prefix">What all of the objects' keys begin with.</param>
    /// <exception cref="CseException"><see cref="ErrorId.ListingUnordered"/> where an object comes that is not behind the last one.</exception>
    public static IEnumerable<SyncPair> Of(IEnumerable<WalkedEntry> files, IEnumerable<ListedObject> objects, string prefix)
    {
        using var walk = files.GetEnumerator();
        using var listing = InOrder(objects).GetEnumerator();
        var (file, item) = (Next(walk), Next(listing));
        WalkedEntry? barrier = null;
        while (file is not null || item is not null)
        {
            var key = item?.Key[prefix.Length..];
            var order = file is null ? 1 : key is null ? -1 : KeyOrder.Compare(file.RelativeKey, key);
            if (order <= 0 && file!.IsBarrier)
            {
                barrier = file;
            }

            var inTheWay = order > 0 && barrier is not null && key!.StartsWith(barrier.RelativeKey, StringComparison.Ordinal) ? barrier : null;
            yield return new SyncPair(
                order <= 0 ? file!.RelativeKey : key!, order <= 0 ? file : null, order >= 0 ? item : null, inTheWay);
            (file, item) = (order <= 0 ? Next(walk) : file, order >= 0 ? Next(listing) : item);
        }
    }

    private static T? Next<T>(IEnumerator<T> items)
        where T : class =>
        items.MoveNext() ? items.Current : null;

    private static IEnumerable<ListedObject> InOrder(IEnumerable<ListedObject> objects)
    {
        string? last = null;
        foreach (var item in objects)
        {
            if (last is not null && KeyOrder.Compare(last, item.Key) >= 0)
            {
                throw new CseException(
                    ErrorId.ListingUnordered,
                    $"The listing of the bucket '{item.BucketName}' is not in the order of keys: '{item.Key}' came after '{last}'.");
            }

            last = item.Key;
            yield return item;
        }
    }
}
