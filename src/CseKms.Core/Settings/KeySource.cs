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

    /// <summary>A key outside KMS.</summary>
    /// <param name="key">The key; its owner disposes it after the last use.</param>
    public static KeySource Raw(RawKey key) => new RawKeySource(key);

    internal sealed record KmsKeys(IReadOnlyList<string> KeyIds) : KeySource;

    internal sealed record KmsDiscovery(string Partition, IReadOnlyList<string> Accounts) : KeySource;

    internal sealed record RawKeySource(RawKey Key) : KeySource;
}
