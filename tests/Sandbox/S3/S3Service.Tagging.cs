using System.Xml.Linq;

namespace CseKms.Sandbox.S3;

internal sealed partial class S3Service
{
    private async Task GetObjectTaggingAsync(Exchange exchange)
    {
        var bucket = BucketOf(exchange);
        var xml = XmlText.Root("Tagging").Open("TagSet");
        lock (store.Gate)
        {
            var version = Find(exchange, bucket, KeyOf(exchange), exchange.Target["versionId"]);
            WriteVersionId(exchange, bucket, version);
            foreach (var (name, value) in version.Attributes.Tags)
            {
                xml.Open("Tag").Add("Key", name).Add("Value", value).Close("Tag");
            }
        }
        await ReplyXmlAsync(exchange, xml.Close("TagSet").Close("Tagging"));
    }

    private async Task PutObjectTaggingAsync(Exchange exchange)
    {
        var tags = XmlText.Parse(await ReadBodyAsync(exchange)).Elements("TagSet").Elements("Tag")
            .Select(tag => KeyValuePair.Create(tag.Element("Key")?.Value ?? "", tag.Element("Value")?.Value ?? "")).ToList();
        SetTags(exchange, AttributeHeaders.CheckTags(tags));
        await exchange.ReplyAsync(200);
    }

    private Task DeleteObjectTaggingAsync(Exchange exchange)
    {
        SetTags(exchange, []);
        return exchange.ReplyAsync(204);
    }

    private void SetTags(Exchange exchange, IReadOnlyList<KeyValuePair<string, string>> tags)
    {
        var bucket = BucketOf(exchange);
        lock (store.Gate)
        {
            var version = Find(exchange, bucket, KeyOf(exchange), exchange.Target["versionId"]);
            version.Attributes = version.Attributes with { Tags = tags };
            WriteVersionId(exchange, bucket, version);
        }
    }
}
