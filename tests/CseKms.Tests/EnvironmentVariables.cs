namespace CseKms.Tests;

/// <summary>Changes of the environment, taken back at the end.</summary>
internal sealed class EnvironmentVariables : IDisposable
{
    private readonly Dictionary<string, string?> _old = [];

    public void Set(string name, string? value)
    {
        _old.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }

    public void Dispose()
    {
        foreach (var (name, value) in _old)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }
}
