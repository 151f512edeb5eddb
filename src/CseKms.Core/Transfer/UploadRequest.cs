using CseKms.Core.Aws;
using CseKms.Core.Content;
using CseKms.Core.Format;

namespace CseKms.Core.Transfer;

/// <summary>One object to encrypt and store.</summary>
/// <param name="Address">Where; the version is not used.</param>
/// <param name="Source">The plaintext.</param>
public sealed record UploadRequest(ObjectAddress Address, UploadSource Source)
{
    /// <summary>What stands beside the bytes.</summary>
    public ObjectAttributes Attributes { get; init; } = new();

    /// <summary>The object's own encryption context, in place of that of the call.</summary>
    public IReadOnlyDictionary<string, string>? EncryptionContext { get; init; }

    /// <summary>
    /// Keep the envelope in an instruction file, the object <c>key.instruction</c>, as far as the format allows (specification:
    /// metadata-strategy, "Instruction File"). It is stored after the object and replaces one that is there.
    /// </summary>
    public bool InstructionFile { get; init; }

    /// <summary>The properties of a file that go with its content, in user metadata, unauthenticated.</summary>
    public KeptProperties Keep { get; init; }

    /// <summary>Fail with <see cref="ErrorId.AlreadyExists"/> when the object exists.</summary>
    public bool NoClobber
    {
        get => Condition == WriteCondition.Absent;
        init => Condition = value ? WriteCondition.Absent : WriteCondition.None;
    }

    /// <summary>
    /// Sign the content over HTTPS too, at the price of a SHA-256 of it, for bucket policies that deny unsigned payloads. Over HTTP it is
    /// always signed.
    /// </summary>
    public bool SignsPayload { get; init; }

    /// <summary>What must hold of what is there.</summary>
    internal WriteCondition Condition { get; init; }
}
