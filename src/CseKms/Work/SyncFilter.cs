using System.Management.Automation;

namespace CseKms.Work;

/// <summary>Which names below the folder and the prefix a call is about. Wildcards match whole relative keys, in any case.</summary>
internal sealed class SyncFilter(string[] include, string[] exclude)
{
    private readonly WildcardPattern[] _include = Parse(include);
    private readonly WildcardPattern[] _exclude = Parse(exclude);

    public bool Takes(string relativeKey) =>
        (_include.Length == 0 || _include.Any(pattern => pattern.IsMatch(relativeKey)))
        && !Excludes(relativeKey);

    public bool Excludes(string relativeKey) => _exclude.Any(pattern => pattern.IsMatch(relativeKey));

    private static WildcardPattern[] Parse(string[] patterns) => [.. patterns.Select(
        pattern => new WildcardPattern(pattern, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant))];
}
