using System.Management.Automation;

namespace CseKms.Binding;

/// <summary>Takes the credentials that an object stands for, whatever its type is called.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class CredentialArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        inputData is null ? null : ForeignCredential.From(inputData) ?? throw new ArgumentTransformationMetadataException(
            "This is no credential. Give a PSCredential of access key and secret, or an AWSCredentials object, as Get-AWSCredential gives it.");
}
