using CseKms.Core.Session;

namespace CseKms;

/// <summary>The session and the defaults that all cmdlets and runspaces of the process share. Thread-safe.</summary>
internal static class SharedSession
{
    private static volatile SessionDefaults s_defaults = new();

    /// <summary>Clients and keyrings.</summary>
    public static EncryptionSession Engine { get; } = new();

    /// <summary>What Set-CseSession set.</summary>
    public static SessionDefaults Defaults
    {
        get => s_defaults;
        set => s_defaults = value;
    }

    /// <summary>Forgets all.</summary>
    public static void Reset()
    {
        Defaults = new();
        Engine.Clear();
    }
}
