using System.Reflection;

namespace CseKms.Tests.Shared;

/// <summary>What the build wrote down for those who run what it made.</summary>
internal static class BuildFact
{
    public static string Of(string name) =>
        typeof(BuildFact).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == name).Value!;
}
