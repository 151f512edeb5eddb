using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms;

/// <summary>What one object is, and what it takes to read it. Pipes into cmdlets that take BucketName, Key and VersionId.</summary>
public sealed class CseMeasuredObject
{
    internal CseMeasuredObject(ObjectAddress address, SurveyedObject surveyed)
    {
        Address = address;
        Found = surveyed.Description.Envelope;
        Kind = $"{surveyed.Kind}";
        VersionId = surveyed.Description.VersionId;
        Size = surveyed.Description.Size;
        StorageClass = surveyed.Description.StorageClass ?? "STANDARD";
        AllowLegacy = (LegacyModes?)Found?.NeededLegacy;
    }

    /// <summary>The bucket.</summary>
    public string BucketName => Address.BucketName;

    /// <summary>The object's key.</summary>
    public string Key => Address.Key;

    /// <summary>The object's version, where the bucket keeps versions.</summary>
    public string? VersionId { get; }

    /// <summary>Encrypted, NotEncrypted, MayHaveLostEnvelope, InstructionFile, OrphanedInstructionFile or FolderMarker.</summary>
    public string Kind { get; }

    /// <summary>Stored bytes.</summary>
    public long Size { get; }

    /// <summary>Plaintext bytes; empty for an object that is not encrypted, and for CBC, where only decryption tells.</summary>
    public long? PlaintextSize => Found?.PlaintextSize;

    /// <summary>The storage class.</summary>
    public string StorageClass { get; }

    /// <summary>V1, V2 or V3.</summary>
    public string? Format => Found?.Format;

    /// <summary>The content algorithm suite.</summary>
    public string? Algorithm => Found?.Algorithm;

    /// <summary>How the data key is wrapped.</summary>
    public string? Wrapping => Found?.Wrapping;

    /// <summary>The strictest commitment policy under which the object can be read.</summary>
    public CommitmentPolicy? CommitmentPolicy => (CommitmentPolicy?)Found?.StrictestPolicy;

    /// <summary>The legacy modes that must be allowed to read it.</summary>
    public LegacyModes? AllowLegacy { get; private set; }

    /// <summary>The ARN of the KMS key that wraps its data key, with -ResolveKey.</summary>
    public string? KmsKeyId { get; private set; }

    /// <summary>The object.</summary>
    internal ObjectAddress Address { get; }

    /// <summary>Its envelope.</summary>
    internal EnvelopeDescription? Found { get; }

    /// <summary>Why its KMS key could not be told.</summary>
    internal CseException? Failure { get; set; }

    /// <summary>Bucket, key and kind.</summary>
    public override string ToString() => CseText.Escape($"{Address} ({Kind})");

    /// <summary>Takes what KMS told of its key.</summary>
    internal void Resolve(FoundKmsKey key) => (KmsKeyId, AllowLegacy) = (key.KmsKeyId, (LegacyModes)key.NeededLegacy);
}
