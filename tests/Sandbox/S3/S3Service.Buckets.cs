using System.Text.RegularExpressions;

namespace CseKms.Sandbox.S3;

internal sealed partial class S3Service
{
    private Task ListBucketsAsync(Exchange exchange)
    {
        var xml = XmlText.Root("ListAllMyBucketsResult").Open("Owner").Add("ID", SandboxServer.OwnerId).Close("Owner").Open("Buckets");
        lock (store.Gate)
        {
            foreach (var bucket in store.Buckets)
            {
                xml.Open("Bucket").Add("Name", bucket.Name).Add("CreationDate", XmlText.Time(bucket.Created))
                    .Add("BucketRegion", bucket.Region).Close("Bucket");
            }
        }
        return ReplyXmlAsync(exchange, xml.Close("Buckets").Close("ListAllMyBucketsResult"));
    }

    private async Task CreateBucketAsync(Exchange exchange)
    {
        var name = exchange.Log.Bucket!;
        if (!BucketName().IsMatch(name) || name.Contains("..", StringComparison.Ordinal))
        {
            throw InvalidBucketName(name);
        }
        var body = await ReadBodyAsync(exchange);
        var constraint = body.Length == 0 ? null : XmlText.Parse(body).Element("LocationConstraint")?.Value;
        var region = string.IsNullOrEmpty(constraint) ? "us-east-1" : constraint;
        if (exchange.Region != region && exchange.Region != "us-east-1")
        {
            throw new AwsException(
                400, "IllegalLocationConstraintException",
                $"The {constraint ?? "unspecified"} location constraint is incompatible for the region specific endpoint this request was sent to.");
        }
        store.AddBucket(new Bucket(name, region, store.Now, defaultEncryption: "AES256"));
        exchange.Response.Headers.Location = "/" + name;
        await exchange.ReplyAsync(200);
    }

    private static Task HeadBucketAsync(Exchange exchange) => exchange.ReplyAsync(200);

    private Task DeleteBucketAsync(Exchange exchange)
    {
        store.DeleteBucket(BucketOf(exchange));
        return exchange.ReplyAsync(204);
    }

    private Task GetBucketLocationAsync(Exchange exchange)
    {
        var region = BucketOf(exchange).Region;
        return ReplyXmlAsync(
            exchange, XmlText.Plain().Add("LocationConstraint", region == "us-east-1" ? "" : region));
    }

    private Task GetBucketVersioningAsync(Exchange exchange)
    {
        var xml = XmlText.Root("VersioningConfiguration");
        if (BucketOf(exchange).Versioning is var versioning and not Versioning.Unversioned)
        {
            xml.Add("Status", versioning.ToString());
        }
        return ReplyXmlAsync(exchange, xml.Close("VersioningConfiguration"));
    }

    private async Task PutBucketVersioningAsync(Exchange exchange)
    {
        var status = XmlText.Parse(await ReadBodyAsync(exchange)).Element("Status")?.Value;
        BucketOf(exchange).Versioning = status switch
        {
            "Enabled" => Versioning.Enabled,
            "Suspended" => Versioning.Suspended,
            _ => throw S3Errors.MalformedXml(),
        };
        await exchange.ReplyAsync(200);
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    private static partial Regex BucketName();
}
