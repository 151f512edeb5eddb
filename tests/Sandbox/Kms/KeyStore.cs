using System.Collections.Concurrent;

namespace CseKms.Sandbox.Kms;

/// <summary>All keys and aliases, of all regions.</summary>
internal sealed class KeyStore(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, KmsKey> _byArn = new();
    private readonly ConcurrentDictionary<(string Region, string Alias), string> _aliases = new();

    public DateTimeOffset Now => clock.GetUtcNow();

    public KmsKey Create(string region, string description, KeyPolicy policy, bool isMultiRegion = false) =>
        Add(new KmsKey(region, description, Now, policy, isMultiRegion));

    public KmsKey Replicate(KmsKey key, string region) => Add(key.Replicate(region, Now));

    public KmsKey? FindByArn(string arn) => _byArn.GetValueOrDefault(arn);

    public void AddAlias(string region, string alias, KmsKey key)
    {
        if (!_aliases.TryAdd((region, alias), key.Arn))
        {
            throw new AwsException(
                400, "AlreadyExistsException", $"An alias with the name {AliasArn(region, alias)} already exists");
        }
    }

    public IReadOnlyList<(string Alias, KmsKey Key)> Aliases(string region) =>
        [.. _aliases.Where(a => a.Key.Region == region).OrderBy(a => a.Key.Alias, StringComparer.Ordinal).Select(a => (a.Key.Alias, _byArn[a.Value]))];

    public IReadOnlyList<KmsKey> Keys(string region) => [.. _byArn.Values.Where(k => k.Region == region).OrderBy(k => k.Id, StringComparer.Ordinal)];

    /// <summary>A key by its id, its ARN, an alias or an alias's ARN, within the region that the caller signed for.</summary>
    public KmsKey Resolve(string keyId, string region)
    {
        var name = keyId;
        if (keyId.StartsWith("arn:", StringComparison.Ordinal))
        {
            var arn = keyId.Split(':', 6);
            if (arn.Length != 6 || arn[2] != "kms")
            {
                throw NotFound($"Invalid arn {keyId}");
            }
            if (arn[3] != region)
            {
                throw NotFound($"Invalid arn {arn[3]}");
            }
            if (arn[4] != SandboxServer.AccountId)
            {
                throw NotFound($"Key '{keyId}' does not exist");
            }
            name = arn[5].StartsWith("key/", StringComparison.Ordinal) ? arn[5]["key/".Length..] : arn[5];
        }
        if (name.StartsWith("alias/", StringComparison.Ordinal))
        {
            return _aliases.TryGetValue((region, name), out var target) && FindByArn(target) is { } aliased
                ? aliased
                : throw NotFound($"Alias {AliasArn(region, name)} is not found.");
        }
        var keyArn = $"arn:aws:kms:{region}:{SandboxServer.AccountId}:key/{name}";
        if (FindByArn(keyArn) is { } key)
        {
            return key;
        }
        throw NotFound(Guid.TryParse(name, out _) ? $"Key '{keyArn}' does not exist" : $"Invalid keyId '{name}'");
    }

    private KmsKey Add(KmsKey key)
    {
        _byArn[key.Arn] = key;
        return key;
    }

    public static string AliasArn(string region, string alias) => $"arn:aws:kms:{region}:{SandboxServer.AccountId}:{alias}";

    private static AwsException NotFound(string message) => new(400, "NotFoundException", message);
}
