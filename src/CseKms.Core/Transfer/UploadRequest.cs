namespace CseKms.Core.Transfer;

/// <summary>One object to encrypt and store.</summary>
/// <param name="Address">Where; the version is not used.</param>
/// <param name="Source">The plaintext.</param>
public sealed record UploadRequest(ObjectAddress Address, UploadSource Source)
{
    /// <summary>What stands beside the bytes.</summary>
    public ObjectAttributes Attributes { get; init; } = new();

    /// <summary>Fail with <see cref="Fault.AlreadyExists"/> when the object exists.</summary>
    public bool NoClobber { get; init; }
}
