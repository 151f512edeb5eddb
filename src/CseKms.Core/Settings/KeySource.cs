namespace CseKms.Core.Settings;

/// <summary>Whose keys wrap and unwrap data keys. Immutable.</summary>
public abstract record KeySource
{
    private KeySource()
    {
    }

    /// <summary>Keys in KMS.</summary>
    /// <param name="keyIds">
    /// Key ids, key ARNs, alias names or alias ARNs, one at least. A data key is wrapped under the first, and unwrapped by whichever opens it.
    /// </param>
    public static KeySource Kms(params IReadOnlyList<string> keyIds) => new KmsKeys(keyIds);

    /// <summary>Whatever key of these accounts KMS finds the data key wrapped under. For receiving only.</summary>
    /// <param name="partition">Partition of the accounts, such as <c>aws</c>.</param>
    /// <param name="accounts">Account ids, one at least.</param>
    public static KeySource Discovery(string partition, IReadOnlyList<string> accounts) => new KmsDiscovery(partition, accounts);

    /// <summary>Keys outside KMS, all of one kind.</summary>
    /// <param name="keys">
    /// The keys, one at least; their owner disposes them after the last use. A data key is wrapped under the first, and unwrapped by
    /// whichever opens it.
    /// </param>
    public static KeySource Raw(params IReadOnlyList<RawKey> keys) => new RawKeySource(keys);

    internal sealed record KmsKeys(IReadOnlyList<string> KeyIds) : KeySource;

    internal sealed record KmsDiscovery(string Partition, IReadOnlyList<string> Accounts) : KeySource;

    internal sealed record RawKeySource(IReadOnlyList<RawKey> Keys) : KeySource;
}
