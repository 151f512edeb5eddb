using System.Security.Cryptography;
using System.Text.Json;

namespace CseKms.Tests;

/// <summary>Objects as the Ruby client of long ago wrote them: wrapped by KMS without the content algorithm, content by CBC.</summary>
internal static class LegacyObjects
{
    /// <summary>Stores one, whose content is <c>legacy content</c>.</summary>
    public static void Store(SandboxFixture sandbox, string bucket, string key)
    {
        var context = new Dictionary<string, string> { ["kms_cmk_id"] = sandbox.KmsKeyArn };
        var (dataKey, wrapped) = sandbox.Server.GenerateDataKey(sandbox.KmsKeyArn, context);
        var iv = RandomNumberGenerator.GetBytes(16);
        using var aes = Aes.Create();
        aes.Key = dataKey;
        sandbox.Server.Objects.Put(bucket, key, aes.EncryptCbc("legacy content"u8, iv), new Dictionary<string, string>
        {
            ["x-amz-key-v2"] = Convert.ToBase64String(wrapped),
            ["x-amz-iv"] = Convert.ToBase64String(iv),
            ["x-amz-matdesc"] = JsonSerializer.Serialize(context),
            ["x-amz-wrap-alg"] = "kms",
            ["x-amz-cek-alg"] = "AES/CBC/PKCS5Padding",
        });
    }
}
