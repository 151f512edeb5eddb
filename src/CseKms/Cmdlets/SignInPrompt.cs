using System.Management.Automation;
using System.Management.Automation.Host;
using CseKms.Binding;
using CseKms.Core;
using CseKms.Core.Aws.Identity;

namespace CseKms.Cmdlets;

/// <summary>
/// Asks the person at the host to sign in, on the pipeline thread, where alone a host may be spoken to. A code that was given
/// beforehand is used first, and once, since AWS takes it once. Thread-safe.
/// </summary>
internal sealed class SignInPrompt(AsyncCmdlet cmdlet, string? mfaCode) : ISignIn
{
    private string? _mfaCode = mfaCode;

    public CancellationToken Ended => cmdlet.StopToken;

    private PSHostUserInterface? UI => Interaction.IsPossible(cmdlet.Host) ? cmdlet.Host.UI : null;

    public Task<string> AskMfaCodeAsync(string serial)
    {
        var given = Interlocked.Exchange(ref _mfaCode, null) ?? SharedSession.TakeMfaCode();
        return given is null ? cmdlet.OnPipelineThreadAsync(() => Ask(serial)) : Task.FromResult(given);
    }

    public Task ShowSsoSignInAsync(string url, string code) => cmdlet.OnPipelineThreadAsync(() =>
    {
        if (UI is not { } ui)
        {
            throw new CseException(
                ErrorId.SsoSignInRequired, "The SSO sign-in of the profile is missing or has expired, and this host cannot ask for one.");
        }

        ui.Say($"To sign in, open {url} and confirm the code {code}. Waiting …");
        return true;
    });

    private string Ask(string serial)
    {
        try
        {
            if (UI is { } ui)
            {
                ui.Ask($"MFA code of {serial}: ");
                using var code = ui.ReadLineAsSecureString();
                if (code?.ToText().Trim() is { Length: > 0 } text)
                {
                    return text;
                }
            }
        }
        catch (Exception e) when (e is PSInvalidOperationException or HostException or NotImplementedException)
        {
            // The host turns out to ask nobody.
        }

        throw new CseException(ErrorId.MfaCodeRequired, $"A code of the MFA device {serial} is needed, and none was given.");
    }
}
