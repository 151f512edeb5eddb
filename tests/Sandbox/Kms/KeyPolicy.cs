using System.Text.Json;
using System.Text.RegularExpressions;

namespace CseKms.Sandbox.Kms;

internal enum PolicyDecision
{
    /// <summary>No statement allows it.</summary>
    NotAllowed,
    Allowed,
    Denied,
}

/// <summary>A key policy, as far as keys and callers here need it: principals, actions, conditions.</summary>
internal sealed class KeyPolicy
{
    private readonly List<Statement> _statements = [];

    private KeyPolicy(string json) => Json = json;

    public string Json { get; }

    /// <summary>What a key has by default: the account's own policies decide.</summary>
    public static KeyPolicy Default { get; } = Parse($$"""
        {
          "Version" : "2012-10-17",
          "Id" : "key-default-1",
          "Statement" : [ {
            "Sid" : "Enable IAM User Permissions",
            "Effect" : "Allow",
            "Principal" : { "AWS" : "arn:aws:iam::{{SandboxServer.AccountId}}:root" },
            "Action" : "kms:*",
            "Resource" : "*"
          } ]
        }
        """);

    public static KeyPolicy Parse(string json)
    {
        var policy = new KeyPolicy(json);
        try
        {
            using var document = JsonDocument.Parse(json);
            var statements = document.RootElement.GetProperty("Statement");
            foreach (var statement in statements.ValueKind == JsonValueKind.Array ? statements.EnumerateArray().ToArray() : [statements])
            {
                policy._statements.Add(Statement.Parse(statement));
            }
            return policy;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new AwsException(400, "MalformedPolicyDocumentException", e is FormatException ? e.Message : "The policy document is malformed.");
        }
    }

    public PolicyDecision Evaluate(
        SandboxIdentity identity, string action, string resource, IReadOnlyDictionary<string, string> encryptionContext)
    {
        string? Value(string name)
        {
            const string contextPrefix = "kms:EncryptionContext:";
            if (name.StartsWith(contextPrefix, StringComparison.OrdinalIgnoreCase))
            {
                return encryptionContext.GetValueOrDefault(name[contextPrefix.Length..]);
            }
            return name.ToLowerInvariant() switch
            {
                "aws:principaltype" => identity.PrincipalType,
                "aws:principalarn" => identity.Arn,
                "aws:principalaccount" or "kms:calleraccount" => SandboxServer.AccountId,
                _ => null,
            };
        }

        var matching = _statements.Where(s => s.Applies(identity, action, resource, Value)).ToList();
        return matching.Any(s => !s.IsAllow) ? PolicyDecision.Denied
            : matching.Count > 0 ? PolicyDecision.Allowed
            : PolicyDecision.NotAllowed;
    }

    private sealed record Statement(
        bool IsAllow, string[] Principals, bool NegatesPrincipals, string[] Actions, bool NegatesActions, string[] Resources,
        IReadOnlyList<Condition> Conditions)
    {
        public static Statement Parse(JsonElement statement)
        {
            var effect = statement.GetProperty("Effect").GetString();
            var negatesPrincipals = statement.TryGetProperty("NotPrincipal", out var principal);
            if (!negatesPrincipals)
            {
                principal = statement.GetProperty("Principal");
            }
            var negatesActions = statement.TryGetProperty("NotAction", out var action);
            if (!negatesActions)
            {
                action = statement.GetProperty("Action");
            }
            // A principal of another kind, such as a service, is none of the callers here.
            var principals = principal.ValueKind == JsonValueKind.String ? Strings(principal)
                : principal.TryGetProperty("AWS", out var aws) ? Strings(aws) : [];
            var conditions = statement.TryGetProperty("Condition", out var all)
                ? all.EnumerateObject().SelectMany(op => op.Value.EnumerateObject().Select(key => Condition.Create(op.Name, key.Name, Strings(key.Value))))
                : [];
            return new Statement(
                effect switch { "Allow" => true, "Deny" => false, _ => throw new FormatException($"Syntax errors in policy: Effect {effect}.") },
                principals, negatesPrincipals, Strings(action), negatesActions,
                statement.TryGetProperty("Resource", out var resource) ? Strings(resource) : ["*"], [.. conditions]);
        }

        public bool Applies(SandboxIdentity identity, string action, string resource, Func<string, string?> value) =>
            Principals.Any(p => IsPrincipal(p, identity)) != NegatesPrincipals
            && Actions.Any(a => Wildcard.Matches(a, action, ignoreCase: true)) != NegatesActions
            && Resources.Any(r => Wildcard.Matches(r, resource))
            && Conditions.All(c => c.Holds(value));

        // The account's root as principal stands for the account: every identity of it, subject to the conditions.
        private static bool IsPrincipal(string principal, SandboxIdentity identity) =>
            principal == "*" || principal == SandboxServer.AccountId || principal == $"arn:aws:iam::{SandboxServer.AccountId}:root"
            || principal == identity.Arn || principal == identity.CallerArn;

        private static string[] Strings(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.Array => [.. element.EnumerateArray().Select(Text)],
            _ => [Text(element)],
        };

        private static string Text(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            JsonValueKind.Number => element.GetRawText(),
            _ => element.GetString()!,
        };
    }

    private sealed record Condition(string Key, string[] Values, bool IfExists, bool Negates, Func<string, string, bool> Compare, bool IsNull)
    {
        public static Condition Create(string name, string key, string[] values)
        {
            var ifExists = name.EndsWith("IfExists", StringComparison.Ordinal);
            var plain = ifExists ? name[..^"IfExists".Length] : name;
            var negates = plain.Contains("Not", StringComparison.Ordinal);
            Func<string, string, bool> compare = plain.Replace("Not", "", StringComparison.Ordinal) switch
            {
                "StringEquals" or "Null" => (pattern, value) => pattern == value,
                "StringEqualsIgnoreCase" or "Bool" => (pattern, value) => pattern.Equals(value, StringComparison.OrdinalIgnoreCase),
                "StringLike" or "ArnLike" or "ArnEquals" => (pattern, value) => Wildcard.Matches(pattern, value),
                _ => throw new FormatException($"Syntax errors in policy: condition operator {name} is not known here."),
            };
            return new Condition(key, values, ifExists, negates, compare, plain == "Null");
        }

        public bool Holds(Func<string, string?> valueOf)
        {
            var value = valueOf(Key);
            if (IsNull)
            {
                return Values.Contains(value is null ? "true" : "false");
            }
            return value is null ? IfExists || Negates : Values.Any(pattern => Compare(pattern, value)) != Negates;
        }
    }

    private static class Wildcard
    {
        public static bool Matches(string pattern, string text, bool ignoreCase = false) => Regex.IsMatch(
            text, "^" + Regex.Escape(pattern).Replace(@"\*", ".*", StringComparison.Ordinal).Replace(@"\?", ".", StringComparison.Ordinal) + "$",
            RegexOptions.Singleline | RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None));
    }
}
