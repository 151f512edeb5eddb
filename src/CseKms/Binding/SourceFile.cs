namespace CseKms.Binding;

/// <summary>A file to send.</summary>
/// <param name="Path">Its absolute path.</param>
/// <param name="RelativePath">What its key ends in: its path relative to the folder that keys are relative to.</param>
internal sealed record SourceFile(string Path, string RelativePath);
