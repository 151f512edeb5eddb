using System.Collections.Concurrent;

namespace CseKms.Sandbox;

/// <summary>What a test denies to an identity, as if by the policy of its role.</summary>
internal sealed class AccessRules
{
    private readonly ConcurrentDictionary<(string Arn, string Operation), bool> _denied = new();
    private readonly ConcurrentDictionary<(string KeyArn, string Token), bool> _granted = new();

    public void Deny(SandboxIdentity identity, string operation) => _denied[(identity.Arn, operation)] = true;

    public void Allow(SandboxIdentity identity, string operation) => _denied.TryRemove((identity.Arn, operation), out _);

    public bool IsDenied(SandboxIdentity identity, string operation) =>
        _denied.ContainsKey((identity.Arn, operation)) || _denied.ContainsKey((identity.Arn, "*"));

    public void Grant(string keyArn, string token) => _granted[(keyArn, token)] = true;

    public bool IsGranted(string keyArn, string token) => _granted.ContainsKey((keyArn, token));
}
