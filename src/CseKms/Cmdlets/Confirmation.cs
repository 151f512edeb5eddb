using System.Management.Automation;
using CseKms.Binding;

namespace CseKms.Cmdlets;

/// <summary>Has somebody confirm what cannot be taken back: by a question for each, or for all by a switch.</summary>
/// <param name="cmdlet">The cmdlet, whose impact is high.</param>
/// <param name="isForced">Whether the switch was given.</param>
internal sealed class Confirmation(PSCmdlet cmdlet, bool isForced)
{
    /// <summary>Whether it would have to ask, and nobody is there to be asked.</summary>
    public bool IsImpossible => MustAsk && !Interaction.IsPossible(cmdlet.Host);

    /// <summary>Whether one of them is to be done; <see langword="null"/> when a host that could be asked, as it seemed, does not ask.</summary>
    public bool? Approves(string target, string action)
    {
        try
        {
            return (isForced && !OnlyTells && Given("Confirm") is null) || cmdlet.Approves(target, action);
        }
        catch (InvalidOperationException) when (MustAsk)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether all of them are to be done, by one question, unless each is asked for; <see langword="null"/> when a host that could be asked,
    /// as it seemed, does not ask.
    /// </summary>
    public bool? ApprovesAll(string question)
    {
        try
        {
            return !MustAsk || Given("Confirm") is not null || cmdlet.Agrees(question);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private bool MustAsk =>
        !OnlyTells
        && (Given("Confirm") ?? !(isForced || cmdlet.GetVariableValue("ConfirmPreference") is ConfirmImpact.None or "None"));

    private bool OnlyTells => Given("WhatIf") ?? LanguagePrimitives.IsTrue(cmdlet.GetVariableValue("WhatIfPreference"));

    private bool? Given(string parameter) =>
        cmdlet.MyInvocation.BoundParameters.TryGetValue(parameter, out var value) ? LanguagePrimitives.IsTrue(value) : null;
}
