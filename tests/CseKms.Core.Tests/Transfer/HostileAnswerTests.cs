using System.Net;
using System.Reflection;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using CseKms.Core.Aws;
using CseKms.Core.Content;
using CseKms.Core.Format;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>Answers of S3 that are not to what was asked, and metadata as S3 and HTTP mangle it.</summary>
public class HostileAnswerTests(SandboxFixture sandbox)
{
    private static readonly Dictionary<string, string> Context = new() { ["部署"] = "経理 é 🔐" };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(200, null)]
    [InlineData(200, "bytes 0-99/1000")]
    [InlineData(206, null)]
    [InlineData(206, "")]
    [InlineData(206, "bytes 1-99/1000")]
    [InlineData(206, "bytes 0-98/1000")]
    [InlineData(206, "bytes 0-100/1000")]
    [InlineData(206, "bytes 0-99/50")]
    [InlineData(206, "bytes 0-99/*")]
    [InlineData(206, "bytes 0-99/-1")]
    [InlineData(206, "bytes 0-99/99999999999999999999")]
    [InlineData(206, "bytes */1000")]
    [InlineData(206, "bytes 0-99/1000, bytes 0-99/1000")]
    public async Task An_answer_to_another_request_is_refused(int status, string? contentRange)
    {
        var fault = await Assert.ThrowsAsync<CseException>(() => GetAsync(status, contentRange));

        Assert.Equal(ErrorId.AnswerInvalid, fault.ErrorId);
    }

    [Fact]
    public async Task The_answer_to_the_request_is_taken()
    {
        Assert.Equal((100, 1000), await GetAsync(206, "bytes 0-99/1000"));
        Assert.Equal((50, 50), await GetAsync(206, "bytes 0-49/50"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(68_719_476_721)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    public void A_length_that_no_object_of_the_format_has_is_refused(long size) =>
        Assert.Equal(ErrorId.EnvelopeInvalid, Assert.Throws<CseException>(() => PlaintextLength.Of(size)).ErrorId);

    [Fact]
    public void The_shortest_and_the_longest_object_are_taken() =>
        Assert.Equal((0, 68_719_476_704), (PlaintextLength.Of(16), PlaintextLength.Of(68_719_476_720)));

    public static TheoryData<string, Func<string, string>> Manglings => new()
    {
        { "UTF-8 as it is", text => text },
        { "RFC 2047, base64", text => EncodedWord(Encoding.UTF8.GetBytes(text)) },
        { "RFC 2047, quoted", text => $"=?UTF-8?Q?{string.Concat(Encoding.UTF8.GetBytes(text).Select(b => $"={b:X2}"))}?=" },
        { "RFC 2047 in two words", text => $"{EncodedWord(Encoding.UTF8.GetBytes(text[..4]))} {EncodedWord(Encoding.UTF8.GetBytes(text[4..]))}" },
        { "S3's double encoding", text => EncodedWord(Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text)))) },
    };

    [Theory]
    [MemberData(nameof(Manglings))]
    public async Task A_context_beyond_ASCII_is_read_whatever_became_of_it(string name, Func<string, string> mangle)
    {
        Assert.NotEmpty(name);
        var client = await sandbox.OpenAsync(context: Context);
        var address = new ObjectAddress(sandbox.NewBucket(), "object");
        await client.UploadAsync(new UploadRequest(address, UploadSource.FromBytes([1, 2, 3])), NullObserver.Instance, Cancellation);
        sandbox.Server.Objects.SetMetadata(address.BucketName, address.Key, new Dictionary<string, string>(sandbox.Server.Objects.Metadata(address.BucketName, address.Key))
        {
            ["x-amz-t"] = mangle("""{"aws:x-amz-cek-alg":"115","部署":"経理 é 🔐"}"""),
        });

        var (_, plaintext) = await client.DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation);

        Assert.Equal([1, 2, 3], plaintext);
    }

    private static string EncodedWord(byte[] bytes) => $"=?UTF-8?B?{Convert.ToBase64String(bytes)}?=";

    private static async Task<(int Length, long Size)> GetAsync(int status, string? contentRange)
    {
        var client = DispatchProxy.Create<IAmazonS3, FixedAnswer>();
        ((FixedAnswer)(object)client).Answer = new GetObjectResponse
        {
            HttpStatusCode = (HttpStatusCode)status,
            ContentRange = contentRange,
            ResponseStream = new MemoryStream(new byte[100]),
            ETag = "\"e\"",
        };
        var gateway = new S3Gateway(new ServiceEndpoint("us-east-1", "http://localhost", UseFips: false, UseDualstack: false), _ => client);
        var response = await gateway.GetRangeAsync(new ObjectAddress("bucket", "key"), 0, 99, etag: null, Cancellation);
        return (response!.Length, response.Head.Size);
    }

    /// <summary>An S3 that has one answer.</summary>
    public class FixedAnswer : DispatchProxy
    {
        public GetObjectResponse Answer { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(IAmazonS3.GetObjectAsync) ? Task.FromResult(Answer) : null;
    }
}
