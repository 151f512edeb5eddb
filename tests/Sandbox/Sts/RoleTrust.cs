using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace CseKms.Sandbox.Sts;

/// <summary>What a role asks of whoever assumes it, as its trust policy would.</summary>
internal sealed class RoleTrust
{
    private readonly ConcurrentDictionary<string, SandboxMfaDevice> _devices = new();
    private readonly ConcurrentDictionary<string, string> _serials = new();
    private readonly ConcurrentDictionary<string, string> _externalIds = new();
    private readonly ConcurrentDictionary<string, string> _webIdentities = new();

    public SandboxMfaDevice AddDevice(string name)
    {
        var device = new SandboxMfaDevice(name);
        return _devices[device.Serial] = device;
    }

    public SandboxMfaDevice? FindDevice(string serial) => _devices.GetValueOrDefault(serial);

    public void RequireMfa(SandboxIdentity role, SandboxMfaDevice device) => _serials[role.Arn] = device.Serial;

    public void RequireExternalId(SandboxIdentity role, string externalId) => _externalIds[role.Arn] = externalId;

    public bool Trusts(SandboxIdentity role, string? serial, string? externalId) =>
        (!_serials.TryGetValue(role.Arn, out var device) || device == serial)
        && (!_externalIds.TryGetValue(role.Arn, out var id) || id == externalId);

    public string AddWebIdentity(SandboxIdentity role)
    {
        var token = RandomNumberGenerator.GetHexString(64, lowercase: true);
        _webIdentities[token] = role.Arn;
        return token;
    }

    /// <summary>The ARN of the role that a token of the identity provider is for.</summary>
    public string? RoleOfWebIdentity(string token) => _webIdentities.GetValueOrDefault(token);
}
