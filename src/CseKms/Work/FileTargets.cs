using System.Management.Automation;
using CseKms.Binding;
using CseKms.Core;
using CseKms.Core.Content;

namespace CseKms.Work;

/// <summary>The files that a call's objects go to, no two to one.</summary>
internal sealed class FileTargets
{
    private readonly PathMapper _paths = new(PathRules.Current);

    /// <summary>The file of an object; none, and no error either, for a key that ends in a slash.</summary>
    /// <param name="address">The object.</param>
    /// <param name="relativeKey">What of its key names the file below a folder; none where the path is the file's.</param>
    /// <param name="path">The absolute path of the folder, or of the file.</param>
    /// <param name="replace">Whether a file that exists is replaced.</param>
    /// <param name="error">Why there is none.</param>
    public FileDestination? Find(ObjectAddress address, string? relativeKey, string path, bool replace, out ErrorRecord? error) =>
        relativeKey is null ? Exactly(address, path, replace, out error) : Below(address, relativeKey, path, replace, out error);

    private FileDestination? Exactly(ObjectAddress address, string file, bool replace, out ErrorRecord? error)
    {
        error = _paths.Claim(address, file, []);
        return error is null ? FileDestination.Exactly(file, replace) : null;
    }

    private FileDestination? Below(ObjectAddress address, string relativeKey, string folder, bool replace, out ErrorRecord? error)
    {
        error = _paths.Map(address, relativeKey, out var segments);
        if (error is null && segments.Count > 0)
        {
            error = _paths.Claim(address, folder, segments);
        }

        return error is null && segments.Count > 0 ? FileDestination.Below(folder, segments, replace) : null;
    }
}
