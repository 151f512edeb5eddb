using System.Collections;
using System.Management.Automation;

namespace CseKms.Binding;

/// <summary>
/// Takes pairs as any dictionary, or as an object whose properties they are, such as ConvertFrom-Json gives. Each value is one: what is
/// none, or several, would become a text that nobody meant.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TextMapArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var pairs = Pairs(inputData);
        if (pairs is null)
        {
            return inputData;
        }

        var map = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (name, value) in pairs)
        {
            if (!map.TryAdd(TextMap.Text(name), OneValue(name, value)))
            {
                throw new ArgumentTransformationMetadataException($"'{CseText.Escape(TextMap.Text(name))}' is named twice.");
            }
        }

        return map;
    }

    // IReadOnlyDictionary is what listings carry.
    private static IEnumerable<(object Name, object? Value)>? Pairs(object? given) => TextMap.Bare(given) switch
    {
        IDictionary pairs => TextMap.Pairs(pairs),
        IReadOnlyDictionary<string, string> pairs => pairs.Select(pair => ((object)pair.Key, (object?)pair.Value)),
        IDictionary<string, object?> pairs => pairs.Select(pair => ((object)pair.Key, pair.Value)),
        PSCustomObject => ((PSObject)given!).Properties.Select(property => ((object)property.Name, (object?)property.Value)),
        _ => null,
    };

    private static object OneValue(object name, object? value) => TextMap.Problem(name, value) is { } problem
        ? throw new ArgumentTransformationMetadataException(problem)
        : TextMap.Bare(value)!;
}
