namespace CseKms.Core;

/// <summary>The one exception that the engine throws for a failure that a user can meet. AWS exceptions are translated into it.</summary>
/// <param name="errorId">The cause.</param>
/// <param name="message">What happened and what to do, without secrets.</param>
/// <param name="inner">The exception underneath, if any.</param>
public sealed class CseException(ErrorId errorId, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The cause.</summary>
    public ErrorId ErrorId { get; } = errorId;
}
