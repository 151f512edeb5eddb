

namespace CseKms.Core.Materials;

/// <summary>
/// Bucket and key of an object as two pairs of its encryption context, so that somebody who has the bucket cannot put one object
/// in another's place.
/// </summary>
internal static class LocationBinding
{
    /// <summary>The pair of the bucket.</summary>
    public const string Bucket = "csekms:bucket";

    /// <summary>The pair of the key.</summary>
    public const string Key = "csekms:key";

    /// <summary>Whether a pair is one of the two.</summary>
    public static bool IsPair(string name) => name is Bucket or Key;

    /// <summary>The pairs, and the two of the location.</summary>
    public static IReadOnlyDictionary<string, string> AddTo(IReadOnlyDictionary<string, string> pairs, ObjectAddress address) =>
        new Dictionary<string, string>(pairs, StringComparer.Ordinal) { [Bucket] = address.BucketName, [Key] = address.Key };

    /// <summary>Checks the pairs that stand in a stored context.</summary>
    /// <param name="stored">The stored context.</param>
    /// <param name="address">Where the object is, if that is known.</param>
    /// <param name="isRequired">Whether both pairs must be there.</param>
    /// <exception cref="CseException"><see cref="ErrorId.LocationMismatch"/>.</exception>
    public static void Ensure(IReadOnlyDictionary<string, string> stored, ObjectAddress? address, bool isRequired)
    {
        var hasBucket = stored.TryGetValue(Bucket, out var bucket);
        var hasKey = stored.TryGetValue(Key, out var key);
        if (isRequired && !(hasBucket && hasKey))
        {
            throw new CseException(ErrorId.LocationMismatch, $"The object {address} was sent without being bound to its bucket and key.")
            {
                Needed = new() { BindLocation = false },
            };
        }

        if (address is null)
        {
            if (!hasBucket && !hasKey)
            {
                return;
            }

            throw new CseException(
                ErrorId.LocationMismatch, "The object is bound to the bucket and key that it was sent to, and it was not said which these are.")
            {
                Needed = new() { BindLocation = true },
            };
        }

        if ((hasBucket && bucket != address.BucketName) || (hasKey && key != address.Key))
        {
            throw new CseException(
                ErrorId.LocationMismatch,
                $"The object {address} was sent to another place, to which its encryption context binds it: somebody moved it here or " +
                "copied it over another object.");
        }
    }
}
