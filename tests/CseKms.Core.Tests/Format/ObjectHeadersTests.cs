using CseKms.Core.Format;
using Xunit;

namespace CseKms.Core.Tests.Format;

public class ObjectHeadersTests
{
    [Theory]
    [InlineData("text/html", "text/html")]
    [InlineData("text/html;charset=utf-8", "text/html; charset=utf-8")]
    [InlineData("multipart/x; boundary=\"a b\"", "multipart/x; boundary=\"a b\"")]
    public void A_content_type_is_written_as_the_HTTP_client_would(string given, string sent) =>
        Assert.Equal(sent, ObjectHeaders.Of(new ObjectAttributes { ContentType = given })["Content-Type"]);

    [Theory]
    [InlineData("binary")]
    [InlineData("")]
    [InlineData("text/")]
    [InlineData("text/html; charset=ü")]
    [InlineData("text/html\r\nx-amz-acl: public-read")]
    [InlineData("text/html; charset=utf-8, text/plain")]
    public void What_is_no_content_type_is_refused(string given) =>
        AssertError(ErrorId.ContentTypeInvalid, new ObjectAttributes { ContentType = given });

    [Theory]
    [InlineData("Expires", "Thu, 31 Jan 2030 10:00:00 GMT", "Thu, 31 Jan 2030 10:00:00 GMT")]
    [InlineData("expires", "2030-01-31 10:00", "Thu, 31 Jan 2030 10:00:00 GMT")]
    [InlineData("Expires", "2030-01-31T10:00:00+02:00", "Thu, 31 Jan 2030 08:00:00 GMT")]
    [InlineData("Content-Disposition", "attachment; filename=\"a.txt\"", "attachment; filename=\"a.txt\"")]
    public void A_header_is_sent_as_it_is_and_a_date_as_HTTP_writes_it(string name, string given, string sent) =>
        Assert.Equal(sent, ObjectHeaders.Of(Header(name, given))[name]);

    [Theory]
    [InlineData("x-amz-acl", "public-read")]
    [InlineData("Content-Type", "text/html")]
    [InlineData("Cache-Control ", "no-cache")]
    [InlineData("Cache-Control", "")]
    [InlineData("Cache-Control", " no-cache")]
    [InlineData("Cache-Control", "no-cache\t")]
    [InlineData("Content-Disposition", "attachment\r\nx-amz-acl: public-read")]
    [InlineData("Content-Language", "dé")]
    [InlineData("Expires", "0")]
    public void What_S3_does_not_keep_and_HTTP_does_not_carry_is_refused(string name, string value) =>
        AssertError(ErrorId.HeaderInvalid, Header(name, value));

    [Fact]
    public void A_retention_has_a_mode_and_a_date_to_come()
    {
        var tomorrow = DateTimeOffset.UtcNow.AddDays(1);
        ObjectHeaders.EnsureValid(new ObjectAttributes { ObjectLockLegalHold = "ON" });
        ObjectHeaders.EnsureValid(new ObjectAttributes { ObjectLockMode = "GOVERNANCE", ObjectLockRetainUntil = tomorrow });
        AssertError(ErrorId.ObjectLockInvalid, new ObjectAttributes { ObjectLockMode = "GOVERNANCE" });
        AssertError(ErrorId.ObjectLockInvalid, new ObjectAttributes { ObjectLockRetainUntil = tomorrow });
        AssertError(ErrorId.ObjectLockInvalid, new ObjectAttributes { ObjectLockMode = "GOVERNANCE", ObjectLockRetainUntil = tomorrow.AddDays(-2) });
    }

    private static ObjectAttributes Header(string name, string value) => new() { Headers = new Dictionary<string, string> { [name] = value } };

    private static void AssertError(ErrorId expected, ObjectAttributes attributes)
    {
        var failure = Assert.Throws<CseException>(() => ObjectHeaders.EnsureValid(attributes));

        Assert.Equal(expected, failure.ErrorId);
        Assert.DoesNotContain(failure.Message, char.IsControl);
    }
}
