namespace CseKms.Tests.Shared;

/// <summary>The module folder that the build made.</summary>
public static class BuiltModule
{
    public static string Folder { get; } = Path.TrimEndingDirectorySeparator(BuildFact.Of("ModuleFolder"));

    /// <summary>What Import-Module takes: the folder that holds the folder of the version.</summary>
    public static string Import { get; } = Path.GetDirectoryName(Folder)!;

    public static string Version { get; } = BuildFact.Of("ModuleVersion");

    public static string File(params string[] names) => Path.Combine([Folder, .. names]);
}
