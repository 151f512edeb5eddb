using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using CseKms.Sandbox.SigV4;

namespace CseKms.Sandbox.Kms;

/// <summary>KMS's operations, in its JSON 1.1 protocol.</summary>
internal sealed class KmsService(KeyStore keys, AccessRules access)
{
    public const string TargetPrefix = "TrentService.";

    private const string ContentType = "application/x-amz-json-1.1";
    private const int LargestPlaintext = 4096;

    public static AuthErrors AuthErrors { get; } = new JsonAuthErrors("kms");

    public async Task HandleAsync(Exchange exchange, JsonObject input)
    {
        var operation = exchange.Log.Operation;
        JsonObject output = operation switch
        {
            "CreateKey" => CreateKey(exchange, input),
            "CreateAlias" => CreateAlias(exchange, input),
            "ListAliases" => ListAliases(exchange, input),
            "ListKeys" => ListKeys(exchange),
            "DescribeKey" => DescribeKey(exchange, input),
            "GenerateDataKey" => GenerateDataKey(exchange, input, withPlaintext: true),
            "GenerateDataKeyWithoutPlaintext" => GenerateDataKey(exchange, input, withPlaintext: false),
            "Encrypt" => Encrypt(exchange, input),
            "Decrypt" => Decrypt(exchange, input),
            "ReEncrypt" => ReEncrypt(exchange, input),
            "PutKeyPolicy" => PutKeyPolicy(exchange, input),
            "GetKeyPolicy" => GetKeyPolicy(exchange, input),
            "EnableKey" => SetState(exchange, input, KeyState.Enabled),
            "DisableKey" => SetState(exchange, input, KeyState.Disabled),
            "ScheduleKeyDeletion" => ScheduleKeyDeletion(exchange, input),
            "CancelKeyDeletion" => CancelKeyDeletion(exchange, input),
            _ => throw new AwsException(400, "UnknownOperationException", null),
        };
        await exchange.ReplyAsync(200, ContentType, output.ToJsonString());
    }

    public static async Task ReplyErrorAsync(Exchange exchange, AwsException error)
    {
        exchange.Log.ErrorCode = error.Code;
        exchange.Response.Headers["x-amzn-ErrorType"] = error.Code;
        foreach (var (name, value) in error.Headers)
        {
            exchange.Response.Headers[name] = value;
        }
        var body = JsonSerializer.SerializeToUtf8Bytes(
            error.AwsMessage is null
                ? new JsonObject { ["__type"] = error.Code }
                : new JsonObject { ["__type"] = error.Code, ["message"] = error.AwsMessage });
        await exchange.SendAsync(error.Status, ContentType, body);
    }

    public static JsonObject ParseInput(byte[] body)
    {
        try
        {
            return body.Length == 0 ? [] : JsonNode.Parse(body) as JsonObject ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new AwsException(400, "SerializationException", null);
        }
    }

    private JsonObject CreateKey(Exchange exchange, JsonObject input)
    {
        CheckIdentityPolicy(exchange, "CreateKey", "*");
        if (Text(input, "KeySpec") is not (null or "SYMMETRIC_DEFAULT") || Text(input, "KeyUsage") is not (null or "ENCRYPT_DECRYPT"))
        {
            throw new AwsException(400, "UnsupportedOperationException", "Only symmetric encryption keys are to be had here.");
        }
        var policy = Text(input, "Policy") is { } json ? KeyPolicy.Parse(json) : KeyPolicy.Default;
        return Described(keys.Create(exchange.Region, Text(input, "Description") ?? "", policy));
    }

    private JsonObject CreateAlias(Exchange exchange, JsonObject input)
    {
        var alias = Required(input, "AliasName");
        if (!alias.StartsWith("alias/", StringComparison.Ordinal) || alias.StartsWith("alias/aws/", StringComparison.Ordinal))
        {
            throw Validation($"Invalid identifier {alias}: an alias begins with 'alias/' and not with 'alias/aws/'.");
        }
        var key = Authorized(exchange, "CreateAlias", Required(input, "TargetKeyId"));
        keys.AddAlias(exchange.Region, alias, key);
        return [];
    }

    private JsonObject ListAliases(Exchange exchange, JsonObject input)
    {
        CheckIdentityPolicy(exchange, "ListAliases", "*");
        var only = Text(input, "KeyId") is { } id ? keys.Resolve(id, exchange.Region) : null;
        var aliases = keys.Aliases(exchange.Region).Where(a => only is null || a.Key == only).Select(a => (JsonNode)new JsonObject
        {
            ["AliasName"] = a.Alias,
            ["AliasArn"] = KeyStore.AliasArn(exchange.Region, a.Alias),
            ["TargetKeyId"] = a.Key.Id,
        });
        return new JsonObject { ["Aliases"] = new JsonArray([.. aliases]), ["Truncated"] = false };
    }

    private JsonObject ListKeys(Exchange exchange)
    {
        CheckIdentityPolicy(exchange, "ListKeys", "*");
        var all = keys.Keys(exchange.Region).Select(k => (JsonNode)new JsonObject { ["KeyId"] = k.Id, ["KeyArn"] = k.Arn });
        return new JsonObject { ["Keys"] = new JsonArray([.. all]), ["Truncated"] = false };
    }

    private JsonObject DescribeKey(Exchange exchange, JsonObject input) =>
        Described(Authorized(exchange, "DescribeKey", Required(input, "KeyId")));

    private JsonObject GenerateDataKey(Exchange exchange, JsonObject input, bool withPlaintext)
    {
        var context = Context(input, "EncryptionContext");
        var key = Usable(Authorized(
            exchange, withPlaintext ? "GenerateDataKey" : "GenerateDataKeyWithoutPlaintext", Required(input, "KeyId"), context, Grants(input)));
        var length = (Text(input, "KeySpec"), (int?)input["NumberOfBytes"]) switch
        {
            ("AES_256", null) => 32,
            ("AES_128", null) => 16,
            (null, { } number and >= 1 and <= 1024) => number,
            _ => throw Validation("Please specify either number of bytes or key spec."),
        };
        EndDryRun(input);
        var dataKey = RandomNumberGenerator.GetBytes(length);
        var output = new JsonObject { ["CiphertextBlob"] = Base64(CiphertextBlob.Seal(key, dataKey, context)), ["KeyId"] = key.Arn };
        if (withPlaintext)
        {
            output["Plaintext"] = Base64(dataKey);
        }
        return output;
    }

    private JsonObject Encrypt(Exchange exchange, JsonObject input)
    {
        var context = Context(input, "EncryptionContext");
        CheckAlgorithm(input, "EncryptionAlgorithm");
        var key = Usable(Authorized(exchange, "Encrypt", Required(input, "KeyId"), context, Grants(input)));
        var plaintext = Bytes(input, "Plaintext");
        if (plaintext.Length is 0 or > LargestPlaintext)
        {
            throw Validation($"1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length between 1 and {LargestPlaintext}");
        }
        EndDryRun(input);
        return new JsonObject
        {
            ["CiphertextBlob"] = Base64(CiphertextBlob.Seal(key, plaintext, context)),
            ["KeyId"] = key.Arn,
            ["EncryptionAlgorithm"] = "SYMMETRIC_DEFAULT",
        };
    }

    private JsonObject Decrypt(Exchange exchange, JsonObject input)
    {
        CheckAlgorithm(input, "EncryptionAlgorithm");
        var (key, plaintext) = Open(exchange, input, "Decrypt", "KeyId", "EncryptionContext");
        EndDryRun(input);
        return new JsonObject
        {
            ["KeyId"] = key.Arn,
            ["Plaintext"] = Base64(plaintext),
            ["EncryptionAlgorithm"] = "SYMMETRIC_DEFAULT",
        };
    }

    private JsonObject ReEncrypt(Exchange exchange, JsonObject input)
    {
        CheckAlgorithm(input, "SourceEncryptionAlgorithm");
        CheckAlgorithm(input, "DestinationEncryptionAlgorithm");
        var (source, plaintext) = Open(exchange, input, "ReEncryptFrom", "SourceKeyId", "SourceEncryptionContext");
        var context = Context(input, "DestinationEncryptionContext");
        var destination = Usable(Authorized(exchange, "ReEncryptTo", Required(input, "DestinationKeyId"), context, Grants(input)));
        EndDryRun(input);
        return new JsonObject
        {
            ["CiphertextBlob"] = Base64(CiphertextBlob.Seal(destination, plaintext, context)),
            ["SourceKeyId"] = source.Arn,
            ["KeyId"] = destination.Arn,
            ["SourceEncryptionAlgorithm"] = "SYMMETRIC_DEFAULT",
            ["DestinationEncryptionAlgorithm"] = "SYMMETRIC_DEFAULT",
        };
    }

    /// <summary>Where all was checked and nothing done yet.</summary>
    private static void EndDryRun(JsonObject input)
    {
        if ((bool?)input["DryRun"] == true)
        {
            throw new AwsException(400, "DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");
        }
    }

    private (KmsKey Key, byte[] Plaintext) Open(Exchange exchange, JsonObject input, string action, string idField, string contextField)
    {
        var blob = Bytes(input, "CiphertextBlob");
        var context = Context(input, contextField);
        var arn = CiphertextBlob.KeyArnOf(blob);
        KmsKey key;
        if (Text(input, idField) is { } id)
        {
            key = Usable(Authorized(exchange, action, id, context, Grants(input)));
            if (arn is not null && !key.IsSameAs(arn))
            {
                throw new AwsException(
                    400, "IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.");
            }
        }
        else
        {
            key = arn is null ? throw InvalidCiphertext() : keys.Keys(exchange.Region).FirstOrDefault(k => k.IsSameAs(arn)) is { } named
                ? Usable(Authorized(exchange, action, named, context, Grants(input)))
                : throw new AwsException(
                    400, "AccessDeniedException",
                    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.");
        }
        return arn is null ? throw InvalidCiphertext() : (key, CiphertextBlob.Open(key, blob, context) ?? throw InvalidCiphertext());
    }

    private JsonObject PutKeyPolicy(Exchange exchange, JsonObject input)
    {
        CheckPolicyName(input);
        var key = Authorized(exchange, "PutKeyPolicy", Required(input, "KeyId"));
        var policy = KeyPolicy.Parse(Required(input, "Policy"));
        if ((bool?)input["BypassPolicyLockoutSafetyCheck"] != true
            && policy.Evaluate(exchange.Identity, "kms:PutKeyPolicy", key.Arn, new Dictionary<string, string>()) != PolicyDecision.Allowed)
        {
            throw new AwsException(
                400, "MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.");
        }
        key.Policy = policy;
        return [];
    }

    private JsonObject GetKeyPolicy(Exchange exchange, JsonObject input)
    {
        CheckPolicyName(input);
        var key = Authorized(exchange, "GetKeyPolicy", Required(input, "KeyId"));
        return new JsonObject { ["Policy"] = key.Policy.Json, ["PolicyName"] = "default" };
    }

    private JsonObject SetState(Exchange exchange, JsonObject input, KeyState state)
    {
        var key = Authorized(exchange, state == KeyState.Enabled ? "EnableKey" : "DisableKey", Required(input, "KeyId"));
        if (key.State == KeyState.PendingDeletion)
        {
            throw PendingDeletion(key);
        }
        key.State = state;
        return [];
    }

    private JsonObject ScheduleKeyDeletion(Exchange exchange, JsonObject input)
    {
        var key = Authorized(exchange, "ScheduleKeyDeletion", Required(input, "KeyId"));
        if (key.State == KeyState.PendingDeletion)
        {
            throw PendingDeletion(key);
        }
        var days = (int?)input["PendingWindowInDays"] ?? 30;
        key.State = KeyState.PendingDeletion;
        key.DeletionDate = keys.Now.AddDays(days);
        return new JsonObject
        {
            ["KeyId"] = key.Arn,
            ["DeletionDate"] = Seconds(key.DeletionDate.Value),
            ["KeyState"] = key.State.ToString(),
            ["PendingWindowInDays"] = days,
        };
    }

    private JsonObject CancelKeyDeletion(Exchange exchange, JsonObject input)
    {
        var key = Authorized(exchange, "CancelKeyDeletion", Required(input, "KeyId"));
        if (key.State != KeyState.PendingDeletion)
        {
            throw new AwsException(400, "KMSInvalidStateException", $"{key.Arn} is not pending deletion.");
        }
        key.State = KeyState.Disabled;
        key.DeletionDate = null;
        return new JsonObject { ["KeyId"] = key.Arn };
    }

    private KmsKey Authorized(
        Exchange exchange, string operation, string keyId, IReadOnlyDictionary<string, string>? context = null, string[]? grants = null) =>
        Authorized(exchange, operation, keys.Resolve(keyId, exchange.Region), context, grants);

    private KmsKey Authorized(
        Exchange exchange, string operation, KmsKey key, IReadOnlyDictionary<string, string>? context = null, string[]? grants = null)
    {
        if (grants?.Any(token => access.IsGranted(key.Arn, token)) == true)
        {
            return key;
        }
        CheckIdentityPolicy(exchange, operation, key.Arn);
        return key.Policy.Evaluate(exchange.Identity, "kms:" + operation, key.Arn, context ?? new Dictionary<string, string>()) switch
        {
            PolicyDecision.Allowed => key,
            PolicyDecision.Denied => throw Denied(exchange, operation, key.Arn, "with an explicit deny in a resource-based policy"),
            _ => throw Denied(exchange, operation, key.Arn, $"because no resource-based policy allows the kms:{operation} action"),
        };
    }

    private void CheckIdentityPolicy(Exchange exchange, string operation, string resource)
    {
        if (access.IsDenied(exchange.Identity, operation) || access.IsDenied(exchange.Identity, exchange.Log.Operation))
        {
            throw Denied(exchange, operation, resource, $"because no identity-based policy allows the kms:{operation} action");
        }
    }

    private static AwsException Denied(Exchange exchange, string operation, string resource, string reason) => new(
        400, "AccessDeniedException",
        $"User: {exchange.Identity.CallerArn} is not authorized to perform: kms:{operation} on resource: {resource} {reason}");

    private static KmsKey Usable(KmsKey key) => key.State switch
    {
        KeyState.Enabled => key,
        KeyState.Disabled => throw new AwsException(400, "DisabledException", $"{key.Arn} is disabled."),
        _ => throw PendingDeletion(key),
    };

    private static AwsException PendingDeletion(KmsKey key) =>
        new(400, "KMSInvalidStateException", $"{key.Arn} is pending deletion.");

    // KMS gives no message with this one.
    private static AwsException InvalidCiphertext() => new(400, "InvalidCiphertextException", null);

    private static AwsException Validation(string message) => new(400, "ValidationException", message);

    private static void CheckAlgorithm(JsonObject input, string field)
    {
        if (Text(input, field) is not (null or "SYMMETRIC_DEFAULT"))
        {
            throw new AwsException(400, "InvalidKeyUsageException", $"{Text(input, field)} is not valid for a symmetric key.");
        }
    }

    private static void CheckPolicyName(JsonObject input)
    {
        if (Text(input, "PolicyName") is not (null or "default"))
        {
            throw new AwsException(400, "NotFoundException", "No such policy exists");
        }
    }

    private static JsonObject Described(KmsKey key) => new()
    {
        ["KeyMetadata"] = new JsonObject
        {
            ["AWSAccountId"] = SandboxServer.AccountId,
            ["KeyId"] = key.Id,
            ["Arn"] = key.Arn,
            ["CreationDate"] = Seconds(key.Created),
            ["Enabled"] = key.State == KeyState.Enabled,
            ["Description"] = key.Description,
            ["KeyUsage"] = "ENCRYPT_DECRYPT",
            ["KeyState"] = key.State.ToString(),
            ["DeletionDate"] = key.DeletionDate is { } date ? Seconds(date) : null,
            ["Origin"] = "AWS_KMS",
            ["KeyManager"] = "CUSTOMER",
            ["CustomerMasterKeySpec"] = "SYMMETRIC_DEFAULT",
            ["KeySpec"] = "SYMMETRIC_DEFAULT",
            ["EncryptionAlgorithms"] = new JsonArray("SYMMETRIC_DEFAULT"),
            ["MultiRegion"] = false,
        },
    };

    private static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000d;

    private static string Base64(byte[] bytes) => Convert.ToBase64String(bytes);

    private static string? Text(JsonObject input, string name) => input[name]?.GetValue<string>();

    private static string Required(JsonObject input, string name) => Text(input, name) is { Length: > 0 } text
        ? text
        : throw Validation($"1 validation error detected: Value null at '{char.ToLowerInvariant(name[0])}{name[1..]}' failed to satisfy constraint: Member must not be null");

    private static byte[] Bytes(JsonObject input, string name)
    {
        try
        {
            return Convert.FromBase64String(Required(input, name));
        }
        catch (FormatException)
        {
            throw new AwsException(400, "SerializationException", null);
        }
    }

    private static string[] Grants(JsonObject input) =>
        input["GrantTokens"] is JsonArray tokens ? [.. tokens.Select(token => token!.GetValue<string>())] : [];

    private static Dictionary<string, string> Context(JsonObject input, string name) =>
        input[name] is JsonObject pairs ? pairs.ToDictionary(p => p.Key, p => p.Value?.GetValue<string>() ?? "") : [];
}
