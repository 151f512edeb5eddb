using System.Net;
using System.Net.Sockets;
using Amazon.KeyManagementService;
using Amazon.Runtime;
using Amazon.S3;
using CseKms.Core.Aws;
using CseKms.Core.Aws.Identity;
using Xunit;

namespace CseKms.Core.Tests.Aws;

public class AwsErrorsTests
{
    private const string Arn = "arn:aws:kms:eu-central-1:111122223333:key/1";

    [Theory]
    [InlineData("PutObject", ErrorId.AlreadyExists)]
    [InlineData("CompleteMultipartUpload", ErrorId.AlreadyExists)]
    [InlineData("GetObject", ErrorId.ObjectChanged)]
    [InlineData("HeadObject", ErrorId.ObjectChanged)]
    public async Task A_condition_that_does_not_hold_is_told_by_what_was_asked(string operation, ErrorId expected)
    {
        var failure = await S3Async(operation, S3Answer("PreconditionFailed", HttpStatusCode.PreconditionFailed));

        Assert.Equal(expected, failure.ErrorId);
        Assert.Contains("bucket/key", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_request_that_failed_is_told()
    {
        var s3 = await S3Async("UploadPart", S3Answer("InternalError", HttpStatusCode.InternalServerError));
        var kms = await KmsAsync("GenerateDataKey", Arn, KmsAnswer("AccessDeniedException"));

        Assert.Equal(("UploadPart", "REQUEST", 500), (s3.Operation, s3.RequestId, s3.StatusCode));
        Assert.Equal(("GenerateDataKey", "REQUEST", 400), (kms.Operation, kms.RequestId, kms.StatusCode));
        Assert.Contains("kms:GenerateDataKey", kms.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_nobody_answered_has_no_status()
    {
        var failure = await S3Async("GetObject", new HttpRequestException("Connection refused (host:443)", new SocketException((int)SocketError.ConnectionRefused)));

        Assert.Equal(ErrorId.EndpointUnreachable, failure.ErrorId);
        Assert.Contains("(host:443)", failure.Message, StringComparison.Ordinal);
        Assert.Equal(("GetObject", null, null), (failure.Operation, failure.RequestId, failure.StatusCode));
    }

    [Fact]
    public async Task Who_signs_in_hears_of_no_operation_but_of_the_answer()
    {
        var failure = await Assert.ThrowsAsync<CseException>(() => CredentialErrors.KeysAsync<int>(
            "role worker", () => throw S3Answer("AccessDenied", HttpStatusCode.Forbidden), CancellationToken.None));

        Assert.Equal(ErrorId.CredentialsInvalid, failure.ErrorId);
        Assert.Equal((null, "REQUEST", 403), (failure.Operation, failure.RequestId, failure.StatusCode));
        Assert.Contains("role worker", failure.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> KmsCodes =>
    [
        "AccessDeniedException", "NotFoundException", "DisabledException", "KMSInvalidStateException", "InvalidCiphertextException",
        "ThrottlingException",
    ];

    [Theory]
    [MemberData(nameof(KmsCodes))]
    public async Task What_KMS_answers_reads_as_sentences_with_and_without_the_name_of_a_key(string code)
    {
        var named = await KmsAsync("Decrypt", Arn, KmsAnswer(code));
        var found = await KmsAsync("Decrypt", null, KmsAnswer(code));

        Assert.Contains(Arn, named.Message, StringComparison.Ordinal);
        foreach (var message in new[] { named.Message, found.Message })
        {
            Assert.EndsWith(".", message, StringComparison.Ordinal);
            Assert.DoesNotContain("..", message, StringComparison.Ordinal);
            Assert.DoesNotContain("  ", message, StringComparison.Ordinal);
            Assert.DoesNotContain(" .", message, StringComparison.Ordinal);
        }
    }

    // KMS compares the key only with one that was named.
    [Fact]
    public async Task Another_key_than_the_one_named_is_told()
    {
        var failure = await KmsAsync("Decrypt", Arn, KmsAnswer("IncorrectKeyException"));

        Assert.Equal(ErrorId.KmsKeyMismatch, failure.ErrorId);
        Assert.EndsWith($" {Arn}.", failure.Message, StringComparison.Ordinal);
    }

    private static AmazonS3Exception S3Answer(string code, HttpStatusCode status) =>
        new("S3 says so.", null, ErrorType.Unknown, code, "REQUEST", status);

    private static AmazonKeyManagementServiceException KmsAnswer(string code) =>
        new("KMS says so", null, ErrorType.Sender, code, "REQUEST", HttpStatusCode.BadRequest);

    private static Task<CseException> S3Async(string operation, Exception answer) =>
        Assert.ThrowsAsync<CseException>(() => AwsErrors.S3Async<int>(operation, "bucket", "key", () => throw answer, CancellationToken.None));

    private static Task<CseException> KmsAsync(string operation, string? keyId, Exception answer) =>
        Assert.ThrowsAsync<CseException>(() => AwsErrors.KmsAsync<int>(operation, keyId, null, () => throw answer, CancellationToken.None));
}
