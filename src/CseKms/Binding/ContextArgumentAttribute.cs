using System.Collections;
using System.Management.Automation;

namespace CseKms.Binding;

/// <summary>Takes pairs as a dictionary, or as an object whose properties they are, such as ConvertFrom-Json gives.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ContextArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (inputData is not PSObject { BaseObject: PSCustomObject } custom)
        {
            return inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        }

        var pairs = new Hashtable(StringComparer.Ordinal);
        foreach (var property in custom.Properties)
        {
            pairs[property.Name] = property.Value;
        }

        return pairs;
    }
}
