using System.Security.Cryptography;

namespace CseKms.Sandbox.Kms;

internal enum KeyState
{
    Enabled,
    Disabled,
    PendingDeletion,
}

/// <summary>A key of one region: its secret never leaves, and its policy says who may use it.</summary>
internal sealed class KmsKey(string region, string description, DateTimeOffset created, KeyPolicy policy)
{
    public string Id { get; } = Guid.NewGuid().ToString();

    public string Arn => $"arn:aws:kms:{region}:{SandboxServer.AccountId}:key/{Id}";

    public string Region => region;

    public string Description => description;

    public DateTimeOffset Created => created;

    public byte[] Secret { get; } = RandomNumberGenerator.GetBytes(32);

    public KeyState State { get; set; } = KeyState.Enabled;

    public DateTimeOffset? DeletionDate { get; set; }

    public KeyPolicy Policy { get; set; } = policy;
}
