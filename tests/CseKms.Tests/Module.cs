using System.Reflection;

namespace CseKms.Tests;

/// <summary>The module folder that the build made.</summary>
internal static class Module
{
    public static string Folder { get; } = Path.TrimEndingDirectorySeparator(Metadata("ModuleFolder"));

    /// <summary>What Import-Module takes: the folder that holds the folder of the version.</summary>
    public static string Import { get; } = Path.GetDirectoryName(Folder)!;

    public static string Version { get; } = Metadata("ModuleVersion");

    public static string File(params string[] names) => Path.Combine([Folder, .. names]);

    private static string Metadata(string key) =>
        Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!;
}
