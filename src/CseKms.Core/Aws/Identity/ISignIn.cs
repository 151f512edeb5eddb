namespace CseKms.Core.Aws.Identity;

/// <summary>The person behind a call, who can be asked to sign in. Implementations are thread-safe.</summary>
public interface ISignIn
{
    /// <summary>Cancelled when the call ends, so that no other call's sign-in is waited for.</summary>
    CancellationToken Ended { get; }

    /// <summary>Asks for the code that an MFA device shows.</summary>
    /// <param name="serial">The serial number or ARN of the device.</param>
    /// <exception cref="CseException"><see cref="ErrorId.MfaCodeRequired"/> when nobody can be asked.</exception>
    Task<string> AskMfaCodeAsync(string serial);

    /// <summary>Says on which page and with which code to sign in; returns without waiting for it.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.SsoSignInRequired"/> when nobody can be told.</exception>
    Task ShowSsoSignInAsync(string url, string code);
}

/// <summary>
/// The sign-in of the call that an asynchronous flow belongs to. Credentials are shared by many calls and may have to be renewed in
/// any of them; it is the one that needs them who is asked.
/// </summary>
public static class SignIn
{
    private static readonly AsyncLocal<ISignIn?> Ambient = new();

    /// <summary>Set where the work of a call starts.</summary>
    public static ISignIn? Current
    {
        get => Ambient.Value;
        set => Ambient.Value = value;
    }

    internal static CancellationToken Ended => Current?.Ended ?? CancellationToken.None;
}
