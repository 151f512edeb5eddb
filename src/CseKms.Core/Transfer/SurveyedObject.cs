namespace CseKms.Core.Transfer;

/// <summary>A stored object, and what it is.</summary>
/// <param name="Description">What S3 tells of it.</param>
/// <param name="Kind">What it is.</param>
public sealed record SurveyedObject(ObjectDescription Description, ObjectKind Kind);

/// <summary>What a stored object is.</summary>
public enum ObjectKind
{
    /// <summary>It has an envelope.</summary>
    Encrypted,

    /// <summary>It has no envelope, and does not look as if it ever had one.</summary>
    NotEncrypted,

    /// <summary>It has no envelope and its bytes look like ciphertext, as those of a copy do that lost its metadata.</summary>
    MayHaveLostEnvelope,

    /// <summary>It is the instruction file of an object that exists.</summary>
    InstructionFile,

    /// <summary>It is an instruction file, and its object does not exist.</summary>
    OrphanedInstructionFile,

    /// <summary>It is empty and stands for a folder.</summary>
    FolderMarker,
}
