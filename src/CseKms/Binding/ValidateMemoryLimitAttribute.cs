using System.Management.Automation;

namespace CseKms.Binding;

/// <summary>
/// Refuses a memory limit in which no two parts have room: one that is on its way, and one that is read, or waits for the pipeline,
/// meanwhile. Zero stands for none where it clears a default.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ValidateMemoryLimitAttribute : ValidateEnumeratedArgumentsAttribute
{
    private const long Minimum = 32L << 20;

    /// <summary>Whether zero is accepted.</summary>
    public bool AcceptsZero { get; set; }

    /// <inheritdoc/>
    protected override void ValidateElement(object element)
    {
        if (element is not long bytes || (bytes < Minimum && !(AcceptsZero && bytes == 0)))
        {
            throw new ValidationMetadataException("A memory limit is a number of bytes, 32MB or more.");
        }
    }
}
