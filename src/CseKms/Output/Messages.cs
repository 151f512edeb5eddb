using System.Management.Automation;
using System.Management.Automation.Host;

namespace CseKms;

/// <summary>
/// The only way to a user's eyes beside error records and views: what is said here holds no control characters from outside. A test sees
/// to it that no other code calls what PowerShell has for it.
/// </summary>
internal static class Messages
{
    public static void Warn(this Cmdlet cmdlet, string text) => cmdlet.WriteWarning(CseText.Escape(text));

    /// <summary>Says it with -Verbose.</summary>
    public static void Tell(this Cmdlet cmdlet, string text) => cmdlet.WriteVerbose(CseText.Escape(text));

    /// <param name="cmdlet">The cmdlet.</param>
    /// <param name="source">Which bar it is.</param>
    /// <param name="progress">What it shows.</param>
    public static void Report(this Cmdlet cmdlet, long source, ProgressRecord progress) => cmdlet.CommandRuntime.WriteProgress(source, Visible(progress));

    /// <summary>Shows it when the cmdlet may write nothing any more.</summary>
    public static void Report(this PSHostUserInterface screen, long source, ProgressRecord progress) => screen.WriteProgress(source, Visible(progress));

    /// <summary>Whether it is to be done: asks with -Confirm, only says so with -WhatIf.</summary>
    public static bool Approves(this Cmdlet cmdlet, string target, string action) =>
        cmdlet.ShouldProcess(CseText.Escape(target), CseText.Escape(action));

    /// <summary>Whether the user agrees, by a question that no preference answers.</summary>
    public static bool Agrees(this Cmdlet cmdlet, string question) => cmdlet.ShouldContinue(CseText.Escape(question), "Confirm");

    /// <summary>Warns when the pipeline has stopped and writes nothing any more.</summary>
    public static void Warn(this PSHostUserInterface screen, string text) => screen.WriteWarningLine(CseText.Escape(text));

    public static void Say(this PSHostUserInterface screen, string text) => screen.WriteLine(CseText.Escape(text));

    /// <summary>Says it and stays on the line, for an answer.</summary>
    public static void Ask(this PSHostUserInterface screen, string text) => screen.Write(CseText.Escape(text));

    private static ProgressRecord Visible(ProgressRecord progress)
    {
        progress.Activity = CseText.Escape(progress.Activity);
        progress.StatusDescription = CseText.Escape(progress.StatusDescription);
        progress.CurrentOperation = CseText.Escape(progress.CurrentOperation);
        return progress;
    }
}
