using System.Collections.Immutable;
using System.Management.Automation;
using CseKms.Core.Content;
using CseKms.Errors;

namespace CseKms.Binding;

/// <summary>Finds the files that paths of PowerShell name, and what their keys end in. What cannot be taken is reported and passed over.</summary>
internal sealed class SourceFiles(PSCmdlet cmdlet)
{
    private static readonly EnumerationOptions All = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    private bool _hasFolders;
    private bool _hasFiles;

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
    /// <param name="hasName">Whether what becomes of the file is named by itself, so that it may lie anywhere.</param>
    public IEnumerable<SourceFile> Find(string path, bool isLiteral, bool hasName = false)
    {
        // A path that names nothing may be none at all.
        var paths = Resolve(path, isLiteral).ToArray();
        var pattern = paths.Length > 0 && !isLiteral && WildcardPattern.ContainsWildcardCharacters(path) ? FolderOf(path) : null;
        foreach (var file in paths.SelectMany(found => FindAt(found, pattern, hasName)))
        {
            _hasFiles = true;
            yield return file;
        }
    }

    /// <summary>Tells that nothing but folders came, which were passed over, when all came.</summary>
    public void WarnOfFoldersAlone()
    {
        if (_hasFolders && !_hasFiles)
        {
            cmdlet.Warn("Only folders came through the pipeline, and they were passed over. Give -Recurse for the files in them.");
        }
    }

    // The folder of a pattern is the last one that it names without a wildcard.
    private string FolderOf(string pattern)
    {
        var folder = pattern;
        while (WildcardPattern.ContainsWildcardCharacters(folder))
        {
            folder = cmdlet.SessionState.Path.ParseParent(folder, root: null);
        }

        return folder.Length == 0 ? Location : cmdlet.GetUnresolvedProviderPathFromPSPath(WildcardPattern.Unescape(folder));
    }

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

    private IEnumerable<SourceFile> FindAt(string path, string? pattern, bool hasName)
    {
        var isFolder = Directory.Exists(path);
        var folder = Path.TrimEndingDirectorySeparator(path);

        // A folder that a pattern found keeps its name, as with Copy-Item: there may be others beside it.
        var ownFolder = isFolder && (pattern is null || Path.GetDirectoryName(folder) is null) ? folder : Path.GetDirectoryName(folder)!;

        // It and what is above it is what the user named, links and all. Below it anybody may have put one.
        var noLinksBelow = FollowSymlink ? null : BasePath ?? (IsPiped && !(hasName && KeyMapper.Below(Location, path) is null) ? Location : pattern ?? ownFolder);
        if (noLinksBelow is not null && LinkBelow(noLinksBelow, path) is { } link)
        {
            WarnOfLink(path, link);
            return [];
        }

        if (isFolder)
        {
            if (Recurse)
            {
                return Below(new DirectoryInfo(folder), [RealPath(folder)])
                    .Select(file => Relate(file, ownFolder, noLinksBelow, hasName)).OfType<SourceFile>();
            }

            if (IsPiped)
            {
                _hasFolders = true;
            }
            else
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

        return !TemporaryFile.IsName(info.Name) && Relate(path, ownFolder, noLinksBelow, hasName) is { } file ? [file] : [];
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
                cmdlet.Warn($"'{subfolder.FullName}' is a symbolic link to a folder above it and was passed over.");
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
            WarnOfLink(entry.FullName, entry.FullName);
            return false;
        }

        return entry is DirectoryInfo || !TemporaryFile.IsName(entry.Name);
    }

    private static string? LinkBelow(string folder, string path)
    {
        var names = KeyMapper.Below(folder, path)?.Split(Path.DirectorySeparatorChar) ?? [];
        return names.Select((_, i) => Path.Combine([folder, .. names.Take(i + 1)])).FirstOrDefault(part => new FileInfo(part).LinkTarget is not null);
    }

    private void WarnOfLink(string path, string link) => cmdlet.Warn(
        $"'{path}' {(path == link ? "is a symbolic link" : $"lies behind the symbolic link '{link}'")} and was passed over. "
        + "Give -FollowSymlink to send what it leads to.");

    private SourceFile? Relate(string path, string ownFolder, string? noLinksBelow, bool hasName)
    {
        if (hasName)
        {
            return new SourceFile(path, Path.GetFileName(path), noLinksBelow);
        }

        var folder = BasePath ?? (IsPiped ? Location : ownFolder);
        if (KeyMapper.Below(folder, path) is { } relative)
        {
            return new SourceFile(path, relative, noLinksBelow);
        }

        cmdlet.WriteError(BasePath is null ? ErrorRecords.BasePathRequired(path, folder) : ErrorRecords.NotUnderBasePath(path, BasePath));
        return null;
    }
}
