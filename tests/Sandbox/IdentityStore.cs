using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace CseKms.Sandbox;

/// <summary>Every access key that may sign, and the roles that can be assumed.</summary>
internal sealed class IdentityStore(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, SandboxIdentity> _byAccessKey = new();
    private readonly ConcurrentDictionary<string, SandboxIdentity> _roles = new();

    public SandboxIdentity? Find(string accessKeyId) => _byAccessKey.GetValueOrDefault(accessKeyId);

    public SandboxIdentity? FindRole(string arn) => _roles.GetValueOrDefault(arn);

    public static string RoleArn(string account, string name) => $"arn:aws:iam::{account}:role/{name}";

    public SandboxIdentity AddRoot() =>
        Add(new SandboxIdentity("root", $"arn:aws:iam::{SandboxServer.AccountId}:root", NewAccessKeyId("AKIA"), NewSecret()));

    public SandboxIdentity AddRole(string name)
    {
        var arn = RoleArn(SandboxServer.AccountId, name);
        return _roles[arn] = Add(new SandboxIdentity(name, arn, NewAccessKeyId("AKIA"), NewSecret()));
    }

    public SandboxIdentity AddSession(SandboxIdentity identity, TimeSpan lifetime, string sessionName) =>
        Add(new SandboxIdentity(identity.Name, identity.Arn, NewAccessKeyId("ASIA"), NewSecret())
        {
            SessionToken = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)),
            Expires = clock.GetUtcNow() + lifetime,
            SessionName = sessionName,
        });

    public void Remove(SandboxIdentity identity) => _byAccessKey.TryRemove(identity.AccessKeyId, out _);

    private SandboxIdentity Add(SandboxIdentity identity) => _byAccessKey[identity.AccessKeyId] = identity;

    private static string NewAccessKeyId(string prefix) => prefix + RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16);

    private static string NewSecret() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(30));
}
