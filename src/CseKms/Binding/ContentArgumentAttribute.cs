using System.Collections;
using System.Management.Automation;

namespace CseKms.Binding;

/// <summary>Takes content as text or as bytes; of several texts each is a line.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ContentArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var content = TextMap.Bare(inputData);
        return content switch
        {
            null or string or byte[] => content,
            Stream => throw new ArgumentTransformationMetadataException("This is a stream. Give it by -InputStream."),
            FileSystemInfo => throw new ArgumentTransformationMetadataException("This is a file. Give it by -LiteralPath."),
            IDictionary or PSCustomObject or ScriptBlock => throw NoContent(),
            IEnumerable items => Joined([.. items.Cast<object?>().Select(TextMap.Bare)]),

            // A number keeps the zeros that were typed before it.
            _ => inputData is PSObject typed ? LanguagePrimitives.ConvertTo<string>(typed) : TextMap.Text(content),
        };
    }

    private static object Joined(object?[] items) =>
        items.Length > 0 && items.All(item => item is byte) ? items.Cast<byte>().ToArray()
        : items.All(item => item is string) ? string.Join(Environment.NewLine, items)
        : throw NoContent();

    private static ArgumentTransformationMetadataException NoContent() =>
        new("This is no content. Give text, lines of text or bytes; other objects as text by ConvertTo-Json, Out-String and the like.");
}
