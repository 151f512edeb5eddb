using System.Security.Cryptography;

namespace CseKms.Core.Content;

/// <summary>Names of the temporary files that a receive writes beside its target.</summary>
public static class TemporaryFile
{
    private const string Prefix = ".cse-";
    private const string Suffix = ".tmp";

    /// <summary>What the names of all match.</summary>
    internal const string Pattern = $"{Prefix}*{Suffix}";

    /// <summary>Whether a file name is that of a temporary file, which a killed process may have left behind.</summary>
    public static bool IsName(string fileName) =>
        fileName.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && fileName.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase);

    /// <summary>A new random name, of one length whatever the target is called.</summary>
    internal static string NewName() => $"{Prefix}{Convert.ToHexString(RandomNumberGenerator.GetBytes(8)).ToLowerInvariant()}{Suffix}";
}
