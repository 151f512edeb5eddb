namespace CseKms;

/// <summary>Where a lost envelope was found.</summary>
public enum EnvelopeOrigin
{
    /// <summary>On the object that the object was copied from.</summary>
    CopySource,

    /// <summary>On an older version of the object.</summary>
    Version,

    /// <summary>In an older version of its instruction file.</summary>
    InstructionFile,
}
