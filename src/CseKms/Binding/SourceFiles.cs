using System.Collections.Immutable;
using System.Management.Automation;
using CseKms.Core.Content;
using CseKms.Errors;

namespace CseKms.Binding;

/// <summary>Finds the files that paths of PowerShell name, and what their keys end in. What cannot be taken is reported and passed over.</summary>
internal sealed class SourceFiles(PSCmdlet cmdlet)
{
    private static readonly EnumerationOptions All = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>The folder that keys are relative to, absolute, if one was given.</summary>
    public string? BasePath { get; init; }

    /// <summary>Send what is below folders.</summary>
    public bool Recurse { get; init; }

    /// <summary>Send what symbolic links lead to.</summary>
    public bool FollowSymlink { get; init; }

    /// <summary>Whether the paths come through the pipeline, where folders are passed over and keys are relative to the current location.</summary>
    public bool IsPiped { get; init; }

    private string Location => cmdlet.SessionState.Path.CurrentFileSystemLocation.ProviderPath;

    /// <summary>The files that a path names.</summary>
    /// <param name="path">A path of the file system provider.</param>
    /// <param name="isLiteral">Whether wildcards stand for themselves.</param>
    public IEnumerable<SourceFile> Find(string path, bool isLiteral) => Resolve(path, isLiteral).SelectMany(FindAt);

    private IEnumerable<string> Resolve(string path, bool isLiteral)
    {
        ProviderInfo provider;
        IEnumerable<string> paths;
        try
        {
            paths = isLiteral
                ? [cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out provider, out _)]
                : cmdlet.SessionState.Path.GetResolvedProviderPathFromPSPath(path, out provider);
        }
        catch (Exception e) when (e is ItemNotFoundException or System.Management.Automation.DriveNotFoundException or ProviderNotFoundException)
        {
            cmdlet.WriteError(ErrorRecords.PathNotFound(path, e));
            return [];
        }

        if (provider.Name != "FileSystem")
        {
            cmdlet.WriteError(ErrorRecords.NotFileSystem(path, provider.Name));
            return [];
        }

        // A pattern that matches nothing resolves to nothing, and a typing error must not look like a success.
        if (!paths.Any())
        {
            cmdlet.WriteError(ErrorRecords.PathNotFound(path));
        }

        return paths;
    }

    private IEnumerable<SourceFile> FindAt(string path)
    {
        if (Directory.Exists(path))
        {
            if (Recurse)
            {
                // With a slash at its end a link would count as the folder that it leads to.
                var folder = new DirectoryInfo(Path.TrimEndingDirectorySeparator(path));
                return IsTaken(folder)
                    ? Below(folder, [RealPath(folder.FullName)]).Select(file => Relate(file, path)).OfType<SourceFile>()
                    : [];
            }

            if (!IsPiped)
            {
                cmdlet.WriteError(ErrorRecords.FolderNeedsRecurse(path));
            }

            return [];
        }

        var info = new FileInfo(path);
        if (!info.Exists && info.LinkTarget is null)
        {
            cmdlet.WriteError(ErrorRecords.PathNotFound(path));
            return [];
        }

        return IsTaken(info) && Relate(path, info.DirectoryName!) is { } file ? [file] : [];
    }

    // The real paths, from the first folder to this one with followed links replaced, tell a link that leads round in a circle.
    private IEnumerable<string> Below(DirectoryInfo folder, ImmutableList<string> realPaths)
    {
        List<FileSystemInfo> entries;
        try
        {
            entries = [.. folder.EnumerateFileSystemInfos("*", All).OrderBy(entry => entry.Name, StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            cmdlet.WriteError(ErrorRecords.FolderUnreadable(folder.FullName, e));
            yield break;
        }

        foreach (var entry in entries.Where(IsTaken))
        {
            if (entry is not DirectoryInfo subfolder)
            {
                yield return entry.FullName;
                continue;
            }

            var realPath = RealPath(Path.Combine(realPaths[^1], subfolder.Name));
            if (realPaths.Any(above => above == realPath || KeyMapper.Below(realPath, above) is not null))
            {
                cmdlet.WriteWarning($"'{subfolder.FullName}' is a symbolic link to a folder above it and was passed over.");
                continue;
            }

            foreach (var file in Below(subfolder, realPaths.Add(realPath)))
            {
                yield return file;
            }
        }
    }

    private static string RealPath(string path) => new DirectoryInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;

    private bool IsTaken(FileSystemInfo entry)
    {
        if (entry.LinkTarget is not null && !FollowSymlink)
        {
            cmdlet.WriteWarning($"'{entry.FullName}' is a symbolic link and was passed over. Give -FollowSymlink to send what it leads to.");
            return false;
        }

        return entry is DirectoryInfo || !TemporaryFile.IsName(entry.Name);
    }

    private SourceFile? Relate(string path, string ownFolder)
    {
        var folder = BasePath ?? (IsPiped ? Location : ownFolder);
        if (KeyMapper.Below(folder, path) is { } relative)
        {
            return new SourceFile(path, relative);
        }

        cmdlet.WriteError(BasePath is null ? ErrorRecords.BasePathRequired(path, folder) : ErrorRecords.NotUnderBasePath(path, BasePath));
        return null;
    }
}
