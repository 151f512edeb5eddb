using System.Management.Automation;
using CseKms.Core;
using CseKms.Core.Content;
using CseKms.Errors;

namespace CseKms.Binding;

/// <summary>From keys to files below a folder. Keys come from S3 and are not trusted.</summary>
internal sealed class PathMapper(PathRules rules)
{
    private readonly Dictionary<string, string> _keyOfPath = [];

    /// <summary>The parameter that names a single file.</summary>
    public string FileParameter { get; init; } = "-File";

    /// <summary>The names of the folders and, last, of the file that an object goes to.</summary>
    /// <param name="address">The object.</param>
    /// <param name="relativeKey">Its key, or what is left of it below the prefix.</param>
    /// <param name="segments">The names; empty for a key that ends in a slash, as a folder marker's does.</param>
    /// <returns>The error of a key that leads out of the destination or cannot be named, or <see langword="null"/>.</returns>
    public ErrorRecord? Map(ObjectAddress address, string relativeKey, out IReadOnlyList<string> segments)
    {
        segments = [];
        if (relativeKey.Length == 0 || IsFolder(relativeKey))
        {
            return null;
        }

        var names = relativeKey.Split('/');
        if (names[0].Length == 0)
        {
            return ErrorRecords.KeyLeavesDestination(address, "is an absolute path", FileParameter);
        }

        if (names.Select(rules.Danger).FirstOrDefault(danger => danger is not null) is { } danger)
        {
            return ErrorRecords.KeyLeavesDestination(address, danger, FileParameter);
        }

        if (names.Select(rules.Problem).FirstOrDefault(problem => problem is not null) is { } problem)
        {
            return ErrorRecords.KeyNotMappable(address, problem, FileParameter);
        }

        if (names.Any(TemporaryFile.IsName))
        {
            return ErrorRecords.KeyNotMappable(address, "has the name of a temporary file of this module", FileParameter);
        }

        segments = names;
        return null;
    }

    /// <summary>Whether a key is a folder's, so that it names no file.</summary>
    public static bool IsFolder(string key) => key.EndsWith('/');

    /// <summary>Takes a file for a key; a file that another key of this call took is an error.</summary>
    public ErrorRecord? Claim(ObjectAddress address, string folder, IReadOnlyList<string> segments)
    {
        var identity = rules.Identity([folder, .. segments]);
        if (_keyOfPath.TryAdd(identity, address.Key))
        {
            return null;
        }

        var other = _keyOfPath[identity];
        return ErrorRecords.PathCollision(address, other, Path.Combine([folder, .. segments]));
    }

    /// <summary>Whether a file is one that a key of this call took, however that is written.</summary>
    public bool IsClaimed(string folder, IReadOnlyList<string> segments) => _keyOfPath.ContainsKey(rules.Identity([folder, .. segments]));
}
