namespace CseKms.Binding;

/// <summary>A file to send.</summary>
/// <param name="Path">Its absolute path.</param>
/// <param name="RelativePath">What its key ends in: its path relative to the folder that keys are relative to.</param>
/// <param name="NoLinksBelow">The folder above it below which no link is followed, absolute; none where links are followed.</param>
internal sealed record SourceFile(string Path, string RelativePath, string? NoLinksBelow);
