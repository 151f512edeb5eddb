using System.Security.Cryptography;
using Amazon;

namespace CseKms.Core.Materials;

/// <summary>A KMS key as a caller names it, and as KMS does.</summary>
internal static class KmsKeyName
{
    private const string KeyResource = "key/";
    private const string AliasResource = "alias/";

    /// <summary>
    /// Whether KMS names the key that it was asked for: the id, and account, region and partition where they were given. What stands
    /// behind an alias nobody but KMS knows.
    /// </summary>
    /// <param name="asked">A key id, a key ARN, an alias name or an alias ARN.</param>
    /// <param name="answered">What KMS answered, a key ARN.</param>
    public static bool IsAnsweredBy(string asked, string? answered)
    {
        if (string.IsNullOrEmpty(answered))
        {
            return false;
        }

        var isArn = Arn.TryParse(asked, out var askedArn);
        if (isArn && Arn.TryParse(answered, out var arn)
            && (arn.Partition, arn.Service, arn.Region, arn.AccountId) != (askedArn.Partition, askedArn.Service, askedArn.Region, askedArn.AccountId))
        {
            return false;
        }

        var resource = isArn ? askedArn.Resource : asked;
        return resource.StartsWith(AliasResource, StringComparison.Ordinal)
            || string.Equals(Id(resource), Id(Arn.TryParse(answered, out var named) ? named.Resource : answered), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Zeroes and refuses a data key of another KMS key than was asked for.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.AnswerInvalid"/>.</exception>
    public static void Ensure(string operation, string asked, string? answered, byte[] dataKey)
    {
        if (!IsAnsweredBy(asked, answered))
        {
            CryptographicOperations.ZeroMemory(dataKey);
            throw new CseException(
                ErrorId.AnswerInvalid,
                $"KMS was asked to {operation} with the key {asked} and answered with {(string.IsNullOrEmpty(answered) ? "no key's name" : $"the key {answered}")}. The data key is not used.")
            {
                Operation = operation,
            };
        }
    }

    private static string Id(string resource) => resource.StartsWith(KeyResource, StringComparison.Ordinal) ? resource[KeyResource.Length..] : resource;
}
