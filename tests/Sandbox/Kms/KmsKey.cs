using System.Security.Cryptography;

namespace CseKms.Sandbox.Kms;

internal enum KeyState
{
    Enabled,
    Disabled,
    PendingDeletion,
}

/// <summary>A key of one region: its secret never leaves, and its policy says who may use it.</summary>
internal sealed class KmsKey(string region, string description, DateTimeOffset created, KeyPolicy policy, bool isMultiRegion = false)
{
    public string Id { get; private init; } = isMultiRegion ? $"mrk-{Guid.NewGuid():N}" : Guid.NewGuid().ToString();

    public string Arn => $"arn:aws:kms:{region}:{SandboxServer.AccountId}:key/{Id}";

    public string Region => region;

    public string Description => description;

    public DateTimeOffset Created => created;

    public byte[] Secret { get; private init; } = RandomNumberGenerator.GetBytes(32);

    public KeyState State { get; set; } = KeyState.Enabled;

    public DateTimeOffset? DeletionDate { get; set; }

    public KeyPolicy Policy { get; set; } = policy;

    /// <summary>The same key in another region: its id and its secret, and a policy of its own.</summary>
    public KmsKey Replicate(string toRegion, DateTimeOffset now) =>
        new(toRegion, Description, now, KeyPolicy.Default) { Id = Id, Secret = Secret };

    /// <summary>Whether an ARN names this key or a replica of it.</summary>
    public bool IsSameAs(string arn) =>
        arn == Arn || (Id.StartsWith("mrk-", StringComparison.Ordinal) && arn.EndsWith($":{SandboxServer.AccountId}:key/{Id}", StringComparison.Ordinal));
}
