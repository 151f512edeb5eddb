using System.Management.Automation;
using System.Reflection;

namespace CseKms.Help;

/// <summary>A cmdlet as its attributes declare it. They are read as data, so that no code of the module runs.</summary>
internal sealed class CmdletModel
{
    private readonly CustomAttributeData _cmdlet;

    public CmdletModel(Type type)
    {
        Type = type;
        _cmdlet = type.Data(nameof(CmdletAttribute)).Single();
        Verb = (string)_cmdlet.ConstructorArguments[0].Value!;
        Noun = (string)_cmdlet.ConstructorArguments[1].Value!;
        Parameters = type.GetProperties()
            .Where(property => property.Data(nameof(ParameterAttribute)).Any())
            .Select(property => new ParameterModel(property))
            .OrderBy(parameter => parameter.Name, StringComparer.Ordinal)
            .ToList();
    }

    public Type Type { get; }

    public string Verb { get; }

    public string Noun { get; }

    public string Name => $"{Verb}-{Noun}";

    public IReadOnlyList<ParameterModel> Parameters { get; }

    public bool SupportsShouldProcess => _cmdlet.Named<bool>(nameof(CmdletAttribute.SupportsShouldProcess));

    /// <summary>The names of the parameter sets, the default one first; one that stands for all when none is named.</summary>
    public IReadOnlyList<string> ParameterSets
    {
        get
        {
            var first = _cmdlet.Named<string>(nameof(CmdletAttribute.DefaultParameterSetName));
            var names = Parameters
                .SelectMany(parameter => parameter.Sets.Keys)
                .Append(first)
                .OfType<string>()
                .Where(name => name != ParameterAttribute.AllParameterSets)
                .Distinct()
                .OrderBy(name => name != first)
                .ToList();
            return names.Count > 0 ? names : [ParameterAttribute.AllParameterSets];
        }
    }

    public IEnumerable<Type> Outputs => Type.Data(nameof(OutputTypeAttribute))
        .SelectMany(attribute => attribute.ConstructorArguments)
        .SelectMany(argument => argument.Value is IEnumerable<CustomAttributeTypedArgument> many ? many : [argument])
        .Select(argument => argument.Value)
        .OfType<Type>()
        .Distinct();

    public static bool IsCmdlet(Type type) => !type.IsAbstract && type.Data(nameof(CmdletAttribute)).Any();
}

/// <summary>How a parameter binds in one parameter set.</summary>
internal sealed record Binding(bool Mandatory, int Position, bool FromPipeline, bool FromProperty);

/// <summary>A parameter of a cmdlet.</summary>
internal sealed class ParameterModel
{
    public ParameterModel(PropertyInfo property)
    {
        Property = property;
        Sets = property.Data(nameof(ParameterAttribute)).ToDictionary(
            data => data.Named<string>(nameof(ParameterAttribute.ParameterSetName)) ?? ParameterAttribute.AllParameterSets,
            data => new Binding(
                data.Named<bool>(nameof(ParameterAttribute.Mandatory)),
                data.Named<int?>(nameof(ParameterAttribute.Position)) ?? int.MinValue,
                data.Named<bool>(nameof(ParameterAttribute.ValueFromPipeline)),
                data.Named<bool>(nameof(ParameterAttribute.ValueFromPipelineByPropertyName))));
    }

    public PropertyInfo Property { get; }

    public string Name => Property.Name;

    public Type Type => Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    public bool IsSwitch => Type.Name == nameof(SwitchParameter);

    public bool IsWildcard => Property.Data(nameof(SupportsWildcardsAttribute)).Any();

    public IReadOnlyDictionary<string, Binding> Sets { get; }

    public IEnumerable<string> Aliases => Strings(nameof(AliasAttribute));

    /// <summary>The only values that are accepted, if they are few.</summary>
    public IEnumerable<string> Values =>
        (Type.IsArray ? Type.GetElementType()! : Type) is { IsEnum: true } type ? Enum.GetNames(type) : Strings("ValidateSetAttribute");

    public string? Default
    {
        get
        {
            var data = Property.Data(nameof(PSDefaultValueAttribute)).FirstOrDefault();
            return data?.Named<string>(nameof(PSDefaultValueAttribute.Help))
                ?? data?.Named<object>(nameof(PSDefaultValueAttribute.Value))?.ToString();
        }
    }

    /// <summary>How the parameter binds in a set, or null when it is not part of that set.</summary>
    public Binding? In(string set) => Sets.GetValueOrDefault(set) ?? Sets.GetValueOrDefault(ParameterAttribute.AllParameterSets);

    private IEnumerable<string> Strings(string attribute) => Property.Data(attribute)
        .SelectMany(data => data.ConstructorArguments)
        .SelectMany(argument => argument.Value as IEnumerable<CustomAttributeTypedArgument> ?? [argument])
        .Select(argument => argument.Value)
        .OfType<string>();
}

internal static class AttributeData
{
    /// <summary>The attributes of that name on the member itself.</summary>
    public static IEnumerable<CustomAttributeData> Data(this MemberInfo member, string name) =>
        member.GetCustomAttributesData().Where(data => data.AttributeType.Name == name);

    public static T? Named<T>(this CustomAttributeData data, string name) =>
        data.NamedArguments.FirstOrDefault(argument => argument.MemberName == name).TypedValue.Value is T value ? value : default;
}
