using System.Management.Automation;

namespace CseKms.Binding;

/// <summary>Refuses a tag that has no value, or several.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ValidateTagAttribute : ValidateEnumeratedArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void ValidateElement(object element)
    {
        var problem = TextMap.PairsOfTag(PSObject.AsPSObject(element)).Select(pair => TextMap.Problem(pair.Name, pair.Value)).FirstOrDefault(problem => problem is not null);
        if (problem is not null)
        {
            throw new ValidationMetadataException(problem);
        }
    }
}
