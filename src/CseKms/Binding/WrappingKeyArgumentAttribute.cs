using System.Management.Automation;
using System.Security;

namespace CseKms.Binding;

/// <summary>Takes raw keys, one or several, in a form that does not stay in the history.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class WrappingKeyArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        return Bare(inputData) switch
        {
            null => null,
            SecureString or byte[] => new[] { Bare(inputData)! },
            SecureString[] or byte[][] => inputData,
            object[] { Length: > 0 } items when items.All(item => Bare(item) is SecureString or byte[]) => items.Select(Bare).ToArray(),
            object[] items => new object[] { LanguagePrimitives.ConvertTo<byte[]>(items) },
            _ => throw new ArgumentTransformationMetadataException(
                "This is no key. Give a SecureString of its base64, as Read-Host -AsSecureString gives it, or its bytes. Plain text would stay in the history."),
        };
    }

    private static object? Bare(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
