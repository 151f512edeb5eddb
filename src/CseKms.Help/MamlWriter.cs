using System.Management.Automation;
using System.Xml.Linq;

namespace CseKms.Help;

/// <summary>Writes MAML, the XML that Get-Help reads.</summary>
internal sealed class MamlWriter(Documentation documentation)
{
    private static readonly XNamespace Msh = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    // The engine adds these two; their texts are its own.
    private static readonly (string Name, string Alias, string Text)[] ShouldProcess =
    [
        ("Confirm", "cf", "Asks for confirmation before each item."),
        ("WhatIf", "wi", "Shows what would happen, and does nothing."),
    ];

    private static readonly Dictionary<string, string> Keywords = new()
    {
        ["String"] = "string", ["Int32"] = "int", ["Int64"] = "long", ["Byte"] = "byte", ["Boolean"] = "bool", ["Object"] = "object",
    };

    public XDocument Write(IEnumerable<CmdletModel> cmdlets) => new(
        new XDeclaration("1.0", "utf-8", null),
        new XElement(Msh + "helpItems", new XAttribute("schema", "maml"), cmdlets.Select(Write)));

    private XElement Write(CmdletModel cmdlet)
    {
        var id = Documentation.Id(cmdlet.Type);
        var summary = Required(cmdlet.Name, id, "summary");
        var remarks = documentation.Section(id, "remarks");
        var parameters = cmdlet.Parameters
            .Select(parameter => (parameter, text: Required(
                $"{cmdlet.Name} -{parameter.Name}", Documentation.Id(parameter.Property), "summary")))
            .ToList();
        return new XElement(
            Command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", Maml),
            new XAttribute(XNamespace.Xmlns + "command", Command),
            new XAttribute(XNamespace.Xmlns + "dev", Dev),
            new XElement(
                Command + "details",
                new XElement(Command + "name", cmdlet.Name),
                new XElement(Command + "verb", cmdlet.Verb),
                new XElement(Command + "noun", cmdlet.Noun),
                Description(summary)),
            Description(remarks.Count > 0 ? remarks : summary),
            new XElement(Command + "syntax", cmdlet.ParameterSets.Select(set => Syntax(cmdlet, set))),
            new XElement(
                Command + "parameters",
                parameters.Select(pair => Parameter(pair.parameter, Merge(pair.parameter.Sets.Values), pair.text)),
                cmdlet.SupportsShouldProcess ? ShouldProcess.Select(CommonSwitch) : null),
            new XElement(Command + "inputTypes", Inputs(cmdlet).DefaultIfEmpty(Input("None", "Nothing is taken from the pipeline."))),
            new XElement(Command + "returnValues", Outputs(cmdlet)),
            new XElement(Command + "examples", Examples(cmdlet.Name, id)),
            new XElement(Command + "relatedLinks", Link("about_CseKms"), Link("about_CseKms_Errors")));
    }

    private static XElement Syntax(CmdletModel cmdlet, string set) => new(
        Command + "syntaxItem",
        new XElement(Maml + "name", cmdlet.Name),
        cmdlet.Parameters
            .Where(parameter => parameter.In(set) is not null)
            .OrderBy(parameter => parameter.In(set)!.Position is var position and >= 0 ? position : int.MaxValue)
            .ThenByDescending(parameter => parameter.In(set)!.Mandatory)
            .Select(parameter => Parameter(parameter, parameter.In(set)!, text: null)),
        cmdlet.SupportsShouldProcess ? ShouldProcess.Select(CommonSwitch) : null);

    // The syntax needs a parameter's value only; the list of parameters also its text, type and default value.
    private static XElement Parameter(ParameterModel parameter, Binding binding, IReadOnlyList<string>? text)
    {
        var values = parameter.Values.ToList();
        var element = new XElement(
            Command + "parameter",
            new XAttribute("required", Flag(binding.Mandatory)),
            new XAttribute("variableLength", Flag(parameter.Type.IsArray)),
            new XAttribute("globbing", Flag(parameter.IsWildcard)),
            new XAttribute("pipelineInput", Pipeline(binding)),
            new XAttribute("position", binding.Position < 0 ? "named" : $"{binding.Position}"),
            new XAttribute("aliases", string.Join(", ", parameter.Aliases.DefaultIfEmpty("none"))),
            new XElement(Maml + "name", parameter.Name));
        if (text is not null)
        {
            element.Add(Description(values.Count > 0 ? [.. text, $"Values: {string.Join(", ", values)}."] : text));
        }
        else if (values.Count > 0)
        {
            element.Add(new XElement(
                Command + "parameterValueGroup",
                values.Select(value => new XElement(
                    Command + "parameterValue", new XAttribute("required", "false"), new XAttribute("variableLength", "false"), value))));
        }

        if (text is not null || !parameter.IsSwitch)
        {
            element.Add(new XElement(
                Command + "parameterValue",
                new XAttribute("required", Flag(!parameter.IsSwitch)),
                new XAttribute("variableLength", Flag(parameter.Type.IsArray)),
                Short(parameter.Type)));
        }

        if (text is not null)
        {
            element.Add(
                TypeOf(parameter.Type),
                new XElement(Dev + "defaultValue", parameter.Default ?? (parameter.IsSwitch ? "False" : "None")));
        }

        return element;
    }

    private static XElement CommonSwitch((string Name, string Alias, string Text) common) => new(
        Command + "parameter",
        new XAttribute("required", "false"),
        new XAttribute("variableLength", "false"),
        new XAttribute("globbing", "false"),
        new XAttribute("pipelineInput", "False"),
        new XAttribute("position", "named"),
        new XAttribute("aliases", common.Alias),
        new XElement(Maml + "name", common.Name),
        Description([common.Text]),
        TypeOf(typeof(SwitchParameter)),
        new XElement(Dev + "defaultValue", "False"));

    private static IEnumerable<XElement> Inputs(CmdletModel cmdlet)
    {
        foreach (var parameter in cmdlet.Parameters.Where(parameter => parameter.Sets.Values.Any(binding => binding.FromPipeline)))
        {
            yield return Input(parameter.Type.FullName!, $"The value of -{parameter.Name}.");
        }

        var names = cmdlet.Parameters
            .Where(parameter => parameter.Sets.Values.Any(binding => binding.FromProperty))
            .Select(parameter => parameter.Aliases.Any() ? $"{parameter.Name} ({string.Join(", ", parameter.Aliases)})" : parameter.Name)
            .ToList();
        if (names.Count > 0)
        {
            yield return Input("System.Object", $"Any object with one or more of the properties {string.Join(", ", names)}.");
        }
    }

    private static XElement Input(string type, string text) => new(
        Command + "inputType", new XElement(Dev + "type", new XElement(Maml + "name", type)), Description([text]));

    private IEnumerable<XElement> Outputs(CmdletModel cmdlet) => cmdlet.Outputs
        .Select(type => (Type: TypeOf(type), Text: documentation.Section(Documentation.Id(type), "summary")))
        .DefaultIfEmpty((new XElement(Dev + "type", new XElement(Maml + "name", "None")), ["Nothing is written to the pipeline."]))
        .Select(output => new XElement(Command + "returnValue", output.Type, Description(output.Text)));

    private IEnumerable<XElement> Examples(string name, string id)
    {
        var number = 0;
        foreach (var (code, text) in documentation.Examples(id).Where(example => example.Code.Length > 0))
        {
            number++;
            yield return new XElement(
                Command + "example",
                new XElement(Maml + "title", $"-------------------------- Example {number} --------------------------"),
                new XElement(Dev + "code", code),
                new XElement(Dev + "remarks", text.Append("").Select(paragraph => new XElement(Maml + "para", paragraph))));
        }

        if (number == 0)
        {
            documentation.Missing(name, "an <example> with <code>");
        }
    }

    private IReadOnlyList<string> Required(string owner, string id, string section)
    {
        var text = documentation.Section(id, section);
        if (text.Count == 0)
        {
            documentation.Missing(owner, $"a <{section}> ({id})");
        }

        return text;
    }

    private static XElement Link(string topic) =>
        new(Maml + "navigationLink", new XElement(Maml + "linkText", topic), new XElement(Maml + "uri"));

    private static XElement Description(IEnumerable<string> paragraphs) =>
        new(Maml + "description", paragraphs.Select(paragraph => new XElement(Maml + "para", paragraph)));

    private static XElement TypeOf(Type type) =>
        new(Dev + "type", new XElement(Maml + "name", type.FullName), new XElement(Maml + "uri"));

    private static string Short(Type type) => type.IsArray
        ? Short(type.GetElementType()!) + "[]"
        : Keywords.GetValueOrDefault(type.Name, type.Name);

    private static Binding Merge(IEnumerable<Binding> bindings) => bindings.Aggregate((one, other) => new Binding(
        one.Mandatory && other.Mandatory,
        Math.Max(one.Position, other.Position),
        one.FromPipeline || other.FromPipeline,
        one.FromProperty || other.FromProperty));

    private static string Pipeline(Binding binding) => binding switch
    {
        { FromPipeline: true, FromProperty: true } => "True (ByValue, ByPropertyName)",
        { FromPipeline: true } => "True (ByValue)",
        { FromProperty: true } => "True (ByPropertyName)",
        _ => "False",
    };

    private static string Flag(bool value) => value ? "true" : "false";
}
