using CseKms.Core.Session;

namespace CseKms;

/// <summary>The session and the defaults that all cmdlets and runspaces of the process share. Thread-safe.</summary>
internal static class SharedSession
{
    private static readonly object Lock = new();
    private static volatile SessionDefaults s_defaults = new();

    /// <summary>Clients and keyrings.</summary>
    public static EncryptionSession Engine { get; } = new();

    /// <summary>What Set-CseSession set.</summary>
    public static SessionDefaults Defaults => s_defaults;

    /// <summary>Changes the defaults; of two runspaces that do so at once, neither undoes what the other sets.</summary>
    public static void Change(Func<SessionDefaults, SessionDefaults> change)
    {
        lock (Lock)
        {
            s_defaults = change(s_defaults);
        }
    }

    /// <summary>The code of an MFA device that was set, which nobody gets a second time.</summary>
    public static string? TakeMfaCode()
    {
        string? code = null;
        Change(old =>
        {
            code = old.MfaCode;
            return old with { MfaCode = null };
        });
        return code;
    }

    /// <summary>What a user may see of it.</summary>
    public static CseSession Describe() => new(Defaults, Engine.Describe());

    /// <summary>Forgets all.</summary>
    public static void Reset()
    {
        Change(_ => new SessionDefaults());
        Engine.Clear();
    }
}
