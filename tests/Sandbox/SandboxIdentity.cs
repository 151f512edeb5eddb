using System.Security.Cryptography;
using System.Text;

namespace CseKms.Sandbox;

/// <summary>Who signs a request: an access key and the principal that it stands for.</summary>
public sealed class SandboxIdentity
{
    internal SandboxIdentity(string name, string arn, string accessKeyId, string secretAccessKey)
    {
        Name = name;
        Arn = arn;
        AccessKeyId = accessKeyId;
        SecretAccessKey = secretAccessKey;
    }

    public string Name { get; }

    /// <summary>The ARN that key policies name, such as <c>arn:aws:iam::111122223333:role/worker</c>.</summary>
    public string Arn { get; }

    public string AccessKeyId { get; }

    public string SecretAccessKey { get; }

    /// <summary>Set on temporary credentials only.</summary>
    public string? SessionToken { get; internal init; }

    /// <summary>When temporary credentials end.</summary>
    public DateTimeOffset? Expires { get; internal init; }

    internal string SessionName { get; init; } = "session";

    internal bool IsRoot => Arn.EndsWith(":root", StringComparison.Ordinal);

    /// <summary>The value of <c>aws:PrincipalType</c>.</summary>
    internal string PrincipalType => IsRoot ? "Account" : "AssumedRole";

    /// <summary>The ARN that AWS names in messages: a role acts through a session.</summary>
    public string CallerArn => IsRoot ? Arn : $"arn:aws:sts::{SandboxServer.AccountId}:assumed-role/{Name}/{SessionName}";

    /// <summary>What STS calls <c>UserId</c>: a role has an id of its own, beside its name.</summary>
    internal string UserId => IsRoot
        ? SandboxServer.AccountId
        : $"AROA{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Arn)))[..17]}:{SessionName}";

    public override string ToString() => Arn;
}
