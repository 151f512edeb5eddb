using System.Management.Automation;
using System.Text;
using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Errors;

namespace CseKms.Binding;

/// <summary>From files to keys.</summary>
internal sealed class KeyMapper(PathRules rules)
{
    // Bytes of UTF-8, as S3 counts.
    private const int MaxKeyLength = 1024;

    private readonly Dictionary<string, string> _pathOfKey = new(StringComparer.Ordinal);

    /// <summary>A prefix as a folder of this platform: with a slash at its end unless it is empty.</summary>
    public static string AsFolder(string prefix) => Folder(AsKey(prefix, PathRules.Current));

    /// <summary>The key of a path that is relative to what keys are relative to.</summary>
    public string KeyOf(string keyPrefix, string relativePath) =>
        Folder(AsKey(keyPrefix, rules)) + AsKey(relativePath, rules);

    /// <summary>A path relative to a folder, or <see langword="null"/> when it is not below it.</summary>
    public static string? Below(string folder, string path)
    {
        var relative = Path.GetRelativePath(folder, path);
        return relative == "." || relative == ".." || relative.StartsWith($"..{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            || Path.IsPathRooted(relative) ? null : relative;
    }

    /// <summary>Takes a key for a file.</summary>
    /// <param name="address">The object.</param>
    /// <param name="path">The file.</param>
    /// <param name="withInstructionFile">Whether the key of the object's instruction file is taken as well.</param>
    /// <param name="isRepeated">Whether the same file took the same key already.</param>
    /// <returns>The error of a key that is too long or that another file of this call took, or <see langword="null"/>.</returns>
    public ErrorRecord? Claim(ObjectAddress address, string path, bool withInstructionFile, out bool isRepeated)
    {
        isRepeated = false;
        return TooLong(address, path)
            ?? Claim(address, path, out isRepeated)
            ?? (withInstructionFile ? Claim(S3EncryptionClient.InstructionFileOf(address), path, out _) : null);
    }

    /// <summary>The error of a key that is longer than S3 allows, or <see langword="null"/>.</summary>
    public static ErrorRecord? TooLong(ObjectAddress address, string path) =>
        Encoding.UTF8.GetByteCount(address.Key) > MaxKeyLength ? ErrorRecords.KeyTooLong(path, address.Key) : null;

    private static string AsKey(string path, PathRules rules) => rules.IsWindows ? path.Replace('\\', '/') : path;

    private static string Folder(string prefix) => prefix.Length == 0 || prefix.EndsWith('/') ? prefix : prefix + "/";

    private ErrorRecord? Claim(ObjectAddress address, string path, out bool isRepeated)
    {
        var isNew = _pathOfKey.TryAdd(address.Key, path);
        var first = _pathOfKey[address.Key];
        isRepeated = !isNew && first == path;
        return isNew || isRepeated ? null : ErrorRecords.KeyCollision(path, first, address);
    }
}
