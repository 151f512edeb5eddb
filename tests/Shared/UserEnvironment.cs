using System.Collections;

namespace CseKms.Tests.Shared;

/// <summary>What the machine's user has set for AWS: profiles, sessions and endpoints, which have no part in a test.</summary>
public static class UserEnvironment
{
    /// <summary>Takes it from this process.</summary>
    public static void Clear()
    {
        foreach (var name in Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(variable => (string)variable.Key).Where(IsOfAws))
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    /// <summary>Takes it from a process to be started.</summary>
    public static void Clear(IDictionary<string, string?> environment)
    {
        foreach (var name in environment.Keys.Where(IsOfAws).ToArray())
        {
            environment.Remove(name);
        }
    }

    private static bool IsOfAws(string name) => name.StartsWith("AWS_", StringComparison.OrdinalIgnoreCase);
}
