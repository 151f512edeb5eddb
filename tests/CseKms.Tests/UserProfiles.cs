using CseKms.Sandbox;

namespace CseKms.Tests;

/// <summary>The files of the AWS configuration in the user's home, which is the tests' own; disposing removes them.</summary>
public sealed class UserProfiles(string folder) : IDisposable
{
    public void WriteConfig(string text) => Write("config", text);

    public void WriteCredentials(string text) => Write("credentials", text);

    /// <summary>The two lines of a profile with an identity's keys.</summary>
    public static string Keys(SandboxIdentity identity) =>
        $"aws_access_key_id = {identity.AccessKeyId}\naws_secret_access_key = {identity.SecretAccessKey}\n";

    public string File(string name) => Path.Combine(folder, name);

    public void Dispose()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(folder);
        System.IO.File.WriteAllText(File(name), text);
    }
}
