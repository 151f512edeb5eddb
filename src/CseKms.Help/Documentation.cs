using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace CseKms.Help;

/// <summary>The compiler's XML documentation, flattened to readable text. Gathers what is missing.</summary>
internal sealed partial class Documentation(string path)
{
    private readonly Dictionary<string, XElement> _members = XDocument.Load(path, LoadOptions.PreserveWhitespace)
        .Descendants("member")
        .ToDictionary(member => (string)member.Attribute("name")!);

    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems => _problems;

    public void Missing(string owner, string what) => _problems.Add($"{owner} lacks {what}.");

    /// <summary>The paragraphs of a section; none when it is absent or empty.</summary>
    public IReadOnlyList<string> Section(string id, string section) =>
        _members.GetValueOrDefault(id)?.Element(section) is { } element ? Paragraphs(element) : [];

    /// <summary>The examples of a type: the code and the paragraphs beside it.</summary>
    public IEnumerable<(string Code, IReadOnlyList<string> Text)> Examples(string id)
    {
        foreach (var example in _members.GetValueOrDefault(id)?.Elements("example") ?? [])
        {
            var text = new XElement(example);
            text.Elements("code").Remove();
            yield return (string.Join("\n\n", example.Elements("code").Select(code => Unindent(code.Value))), Paragraphs(text));
        }
    }

    public static string Id(Type type) => "T:" + Name(type);

    public static string Id(System.Reflection.PropertyInfo property) => $"P:{Name(property.DeclaringType!)}.{property.Name}";

    private static string Name(Type type) =>
        (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    // A paragraph ends where a <para>, a list item or a piece of code begins or ends.
    private static List<string> Paragraphs(XElement section)
    {
        var paragraphs = new List<string>();
        var line = new StringBuilder();
        Walk(section);
        Flush();
        return paragraphs;

        void Walk(XElement parent)
        {
            foreach (var node in parent.Nodes())
            {
                switch (node)
                {
                    case XText text:
                        line.Append(text.Value);
                        break;
                    case XElement { Name.LocalName: "code" } code:
                        Flush();
                        paragraphs.Add(Unindent(code.Value));
                        break;
                    case XElement { Name.LocalName: "para" or "list" or "item" } block:
                        Flush();
                        line.Append(block.Name.LocalName == "item" ? "- " : "");
                        Walk(block);
                        Flush();
                        break;
                    case XElement { IsEmpty: true } reference:
                        line.Append(Reference(reference));
                        break;
                    case XElement inline:
                        Walk(inline);
                        break;
                }
            }
        }

        void Flush()
        {
            if (Spaces().Replace(line.ToString(), " ").Trim() is { Length: > 0 } text)
            {
                paragraphs.Add(text);
            }

            line.Clear();
        }
    }

    private static string Reference(XElement reference)
    {
        var target = (string?)reference.Attribute("cref")
            ?? (string?)reference.Attribute("langword")
            ?? (string?)reference.Attribute("name")
            ?? (string?)reference.Attribute("href")
            ?? "";
        var name = target[(target.LastIndexOf('.') + 1)..];
        return target switch
        {
            ['P', ':', ..] when target.Contains(".Commands.") || target.Contains(".Cmdlets.") => "-" + name,
            ['T', ':', ..] when CommandName().Match(name) is { Success: true } match => $"{match.Groups[1]}-{match.Groups[2]}",
            [_, ':', ..] => name,
            _ => target,
        };
    }

    // The compiler indents every line but one that follows its tag directly.
    private static string Unindent(string code)
    {
        var lines = code.Replace("\r", "").Split('\n');
        var margin = lines.Skip(1).Where(line => line.Trim().Length > 0).Min(line => (int?)(line.Length - line.TrimStart().Length)) ?? 0;
        var rest = lines.Skip(1).Select(line => line.Length > margin ? line[margin..].TrimEnd() : "");
        return string.Join('\n', rest.Prepend(lines[0].Trim())).Trim('\n');
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex("^([A-Z][a-z]+)(Cse.+)Command$")]
    private static partial Regex CommandName();
}
