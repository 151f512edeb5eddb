using System.Text.Encodings.Web;
using System.Text.Json;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.S3;

namespace CseKms.Demo;

/// <summary>
/// The three commands of the AWS CLI that the article uses, in a process of their own: a client that knows nothing of encryption.
/// Endpoint, region and credentials come from the environment, as they do for the CLI.
/// </summary>
internal static class AwsCommand
{
    private const string Usage = """
        aws s3api head-object --bucket NAME --key KEY
        aws s3 cp s3://NAME/KEY FOLDER
        aws kms put-key-policy --key-id ID --policy file://PATH [--profile NAME]
        """;

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        IndentSize = 4,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            switch (arguments)
            {
                case ["s3api", "head-object", "--bucket", var bucket, "--key", var key]:
                    await HeadObjectAsync(bucket, key);
                    return 0;
                case ["s3", "cp", var source, var folder] when source.Split('/', 4) is ["s3:", "", var bucket, var key]:
                    await CopyAsync(bucket, key, folder);
                    return 0;
                case ["kms", "put-key-policy", "--key-id", var keyId, "--policy", var policy, .. var profile]:
                    await PutKeyPolicyAsync(keyId, policy["file://".Length..], profile is ["--profile", var name] ? name : null);
                    return 0;
                default:
                    Console.Error.WriteLine(Usage);
                    return 252;
            }
        }
        catch (AmazonServiceException e)
        {
            Console.Error.WriteLine($"An error occurred ({e.ErrorCode}): {e.Message}");
            return 254;
        }
    }

    private static async Task HeadObjectAsync(string bucket, string key)
    {
        using var s3 = new AmazonS3Client();
        var head = await s3.GetObjectMetadataAsync(bucket, key);
        Console.WriteLine(JsonSerializer.Serialize(
            new
            {
                head.AcceptRanges,
                LastModified = $"{head.LastModified:yyyy-MM-ddTHH:mm:ss+00:00}",
                head.ContentLength,
                head.ETag,
                head.Headers.ContentType,
                Metadata = head.Metadata.Keys.ToDictionary(name => name["x-amz-meta-".Length..], name => head.Metadata[name]),
            },
            Indented));
    }

    private static async Task CopyAsync(string bucket, string key, string folder)
    {
        using var s3 = new AmazonS3Client();
        using var stored = await s3.GetObjectAsync(bucket, key);
        var file = folder + key.Split('/')[^1];
        await stored.WriteResponseStreamToFileAsync(file, append: false, CancellationToken.None);
        Console.WriteLine($"download: s3://{bucket}/{key} to {file}");
    }

    private static async Task PutKeyPolicyAsync(string keyId, string file, string? profile)
    {
        using var kms = profile is null ? new AmazonKeyManagementServiceClient() : new AmazonKeyManagementServiceClient(Credentials(profile));
        await kms.PutKeyPolicyAsync(new PutKeyPolicyRequest { KeyId = keyId, Policy = await File.ReadAllTextAsync(file) });
    }

    private static AWSCredentials Credentials(string profile) =>
        new CredentialProfileStoreChain().TryGetAWSCredentials(profile, out var credentials)
            ? credentials
            : throw new AmazonServiceException($"The config profile ({profile}) could not be found") { ErrorCode = "ProfileNotFound" };
}
