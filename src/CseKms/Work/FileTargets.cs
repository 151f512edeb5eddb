using System.Management.Automation;
using CseKms.Binding;
using CseKms.Core;
using CseKms.Core.Content;

namespace CseKms.Work;

/// <summary>The files that a call's objects go to, no two to one.</summary>
internal sealed class FileTargets
{
    private readonly PathMapper _paths = new(PathRules.Current);

    /// <summary>The exact file.</summary>
    /// <param name="address">The object.</param>
    /// <param name="file">The absolute path of the file.</param>
    /// <param name="replace">Whether a file that exists is replaced.</param>
    /// <param name="error">Why there is none.</param>
    public FileDestination? Exactly(ObjectAddress address, string file, bool replace, out ErrorRecord? error)
    {
        error = _paths.Claim(address, file, []);
        return error is null ? FileDestination.Exactly(file, replace) : null;
    }

    /// <summary>The file below a folder that an object's key names; none, and no error either, for a key that ends in a slash.</summary>
    /// <param name="address">The object.</param>
    /// <param name="relativeKey">What of its key names the file.</param>
    /// <param name="folder">The absolute path of the folder.</param>
    /// <param name="replace">Whether a file that exists is replaced.</param>
    /// <param name="error">Why there is none.</param>
    public FileDestination? Below(ObjectAddress address, string relativeKey, string folder, bool replace, out ErrorRecord? error)
    {
        error = _paths.Map(address, relativeKey, out var segments);
        if (error is null && segments.Count > 0)
        {
            error = _paths.Claim(address, folder, segments);
        }

        return error is null && segments.Count > 0 ? FileDestination.Below(folder, segments, replace) : null;
    }
}
