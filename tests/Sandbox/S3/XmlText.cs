using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace CseKms.Sandbox.S3;

/// <summary>
/// Writes XML as S3 does, which is laxer than XmlWriter: a key with characters that XML 1.0 cannot hold comes out
/// as a reference to them, unless the client asked for encoding-type=url.
/// </summary>
internal sealed class XmlText
{
    private readonly StringBuilder _text = new();

    public static XmlText Root(string name) => Plain().Open(name, "http://s3.amazonaws.com/doc/2006-03-01/");

    public static XmlText Plain()
    {
        var xml = new XmlText();
        xml._text.Append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        return xml;
    }

    /// <summary>Without the XML declaration, to stand within other XML.</summary>
    public static XmlText Fragment() => new();

    public XmlText Open(string name, string @namespace)
    {
        _text.Append('<').Append(name).Append(" xmlns=\"").Append(@namespace).Append("\">");
        return this;
    }

    public XmlText Open(string name)
    {
        _text.Append('<').Append(name).Append('>');
        return this;
    }

    public XmlText Close(string name)
    {
        _text.Append("</").Append(name).Append('>');
        return this;
    }

    /// <summary>Adds an element; null adds nothing.</summary>
    public XmlText Add(string name, string? value)
    {
        if (value is null)
        {
            return this;
        }
        Open(name);
        foreach (var c in value)
        {
            switch (c)
            {
                case '&':
                    _text.Append("&amp;");
                    break;
                case '<':
                    _text.Append("&lt;");
                    break;
                case '>':
                    _text.Append("&gt;");
                    break;
                case '"':
                    _text.Append("&quot;");
                    break;
                case < ' ' or '\uFFFE' or '\uFFFF':
                    _text.Append("&#x").Append(((int)c).ToString("x", CultureInfo.InvariantCulture)).Append(';');
                    break;
                default:
                    _text.Append(c);
                    break;
            }
        }
        return Close(name);
    }

    /// <summary>Adds XML as it is.</summary>
    public XmlText Raw(string xml)
    {
        _text.Append(xml);
        return this;
    }

    public XmlText Add(string name, long value) => Add(name, value.ToString(CultureInfo.InvariantCulture));

    public XmlText Add(string name, bool value) => Add(name, value ? "true" : "false");

    public override string ToString() => _text.ToString();

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.000Z", CultureInfo.InvariantCulture);

    /// <summary>Reads a body, whose namespace clients do not all send.</summary>
    public static XElement Parse(byte[] body)
    {
        try
        {
            using var reader = XmlReader.Create(
                new MemoryStream(body), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            var root = XDocument.Load(reader, LoadOptions.PreserveWhitespace).Root!;
            foreach (var element in root.DescendantsAndSelf())
            {
                element.Name = element.Name.LocalName;
            }
            return root;
        }
        catch (XmlException)
        {
            throw S3Errors.MalformedXml();
        }
    }
}
