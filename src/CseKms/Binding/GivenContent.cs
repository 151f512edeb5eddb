using CseKms.Core.Content;

namespace CseKms.Binding;

/// <summary>Content that a call gives otherwise than by files.</summary>
/// <param name="Parameter">The parameter that gives it.</param>
/// <param name="Source">Its bytes.</param>
/// <param name="ContentType">Its content type, unless the call gives one.</param>
internal sealed record GivenContent(string Parameter, UploadSource Source, string ContentType)
{
    /// <summary>The file that it is, if it is one.</summary>
    public string? Path { get; init; }
}
