using System.Management.Automation;
using System.Text;

namespace CseKms.Binding;

/// <summary>Takes the name of an encoding, as the stock cmdlets do, for the encoding.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EncodingArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => inputData switch
    {
        PSObject { BaseObject: Encoding encoding } => encoding,
        string name => ByName(name),
        PSObject { BaseObject: string name } => ByName(name),
        _ => inputData,
    };

    private static Encoding ByName(string name)
    {
        try
        {
            return name.ToUpperInvariant() switch
            {
                "UTF8" or "UTF8NOBOM" => new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
                "UTF8BOM" => new UTF8Encoding(encoderShouldEmitUTF8Identifier: true),
                "UNICODE" => Encoding.Unicode,
                "BIGENDIANUNICODE" => Encoding.BigEndianUnicode,
                "UTF32" => Encoding.UTF32,
                "ASCII" => Encoding.ASCII,
                _ => Encoding.GetEncoding(name),
            };
        }
        catch (ArgumentException e)
        {
            throw new ArgumentTransformationMetadataException($"There is no encoding '{name}'.", e);
        }
    }
}
