using System.Management.Automation;

namespace CseKms.Tests.Shared;

/// <summary>What a script put out.</summary>
/// <param name="Output">Its output objects.</param>
/// <param name="Errors">Its non-terminating errors.</param>
/// <param name="Terminating">The error that ended it, if one did.</param>
/// <param name="Warnings">Its warnings.</param>
/// <param name="Verbose">Its verbose messages.</param>
public sealed record EngineResult(
    IReadOnlyList<PSObject> Output,
    IReadOnlyList<ErrorRecord> Errors,
    ErrorRecord? Terminating,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> Verbose);
