using CseKms.Core;

namespace CseKms.Work;

/// <summary>An object that a call names, alone or as one of a folder.</summary>
/// <param name="Address">The object.</param>
/// <param name="RelativeKey">What of its key names a file: what is left of it below the folder, or its last part.</param>
internal sealed record NamedObject(ObjectAddress Address, string RelativeKey)
{
    /// <summary>Stored bytes as a listing told them.</summary>
    public long? Size { get; init; }
}
