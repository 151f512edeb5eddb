using CseKms.Core.Aws;
using Xunit;

namespace CseKms.Core.Tests.Aws;

public class BucketNameTests
{
    private const string AccessPoint = "arn:aws:s3:eu-west-1:111122223333:accesspoint/reports";

    [Theory]
    [InlineData("my-bucket.1", "my-bucket.1")]
    [InlineData("abc", "abc")]
    [InlineData("s3://my-bucket", "my-bucket")]
    [InlineData("S3://my-bucket/", "my-bucket")]
    [InlineData("arn:aws:s3:::my-bucket", "my-bucket")]
    [InlineData("arn:aws-cn:s3:::my-bucket", "my-bucket")]
    [InlineData("reports-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias", "reports-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias")]
    [InlineData("my-bucket--usw2-az1--x-s3", "my-bucket--usw2-az1--x-s3")]
    [InlineData(AccessPoint, AccessPoint)]
    [InlineData($"s3://{AccessPoint}", AccessPoint)]
    [InlineData("arn:aws:s3-object-lambda:eu-west-1:111122223333:accesspoint/x", "arn:aws:s3-object-lambda:eu-west-1:111122223333:accesspoint/x")]
    [InlineData("arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/accesspoint/x", "arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/accesspoint/x")]
    public void A_bucket_is_found_in_what_names_it(string given, string bucket) => Assert.Equal(bucket, BucketName.Of(given));

    [Theory]
    [InlineData("s3://my-bucket/folder/a", "'my-bucket', and keys begin with 'folder/a'")]
    [InlineData("my-bucket/folder", "'my-bucket', and keys begin with 'folder'")]
    [InlineData("arn:aws:s3:::my-bucket/folder", "'my-bucket', and keys begin with 'folder'")]
    [InlineData("ab", "3 to 63")]
    [InlineData("a23456789012345678901234567890123456789012345678901234567890abcd", "3 to 63")]
    [InlineData("My-Bucket", "lower-case")]
    [InlineData("my_bucket", "hyphens")]
    [InlineData("-bucket", "at each end")]
    [InlineData("my..bucket", "no name of a bucket")]
    [InlineData("bucket\n", "no name of a bucket")]
    [InlineData("s3://", "no name of a bucket")]
    [InlineData("https://my-bucket.s3.amazonaws.com", "more than a bucket")]
    [InlineData("arn:aws:kms:eu-west-1:111122223333:key/x", "ARN of neither")]
    [InlineData("arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap", "SigV4a")]
    public void What_names_none_or_more_is_refused(string given, string words)
    {
        var failure = Assert.Throws<CseException>(() => BucketName.Of(given));

        Assert.Equal(ErrorId.BucketNameInvalid, failure.ErrorId);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.Contains($"'{given.Replace("\n", @"\u000a", StringComparison.Ordinal)}'", failure.Message, StringComparison.Ordinal);
    }
}
