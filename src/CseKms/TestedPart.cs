namespace CseKms;

/// <summary>What of an object a test looked at.</summary>
public enum TestedPart
{
    /// <summary>All of it: it was fetched and decrypted, and its tag verified.</summary>
    Body,

    /// <summary>The envelope, and that the key can be had. The body was not read.</summary>
    Envelope,

    /// <summary>The tag, which was compared with that of a file. The body was not read.</summary>
    Tag,

    /// <summary>All of it, which was compared with a file.</summary>
    Content,
}
