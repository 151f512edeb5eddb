using CseKms.Core.Settings;

namespace CseKms.Core;

/// <summary>
/// The one exception that the engine throws for a failure that a user can meet. AWS exceptions are translated into it. It says what
/// happened; what can be done about it is the caller's to say, who knows how settings are given.
/// </summary>
/// <param name="errorId">The cause.</param>
/// <param name="message">What happened, without secrets and without advice. Control characters in it are made visible.</param>
/// <param name="inner">The exception underneath, if any.</param>
public sealed class CseException(ErrorId errorId, string message, Exception? inner = null) : Exception(VisibleText.Of(message), inner)
{
    /// <summary>The cause.</summary>
    public ErrorId ErrorId { get; } = errorId;

    /// <summary>How far it reaches: as far as its cause does, unless what the object says of itself brought it about.</summary>
    public ErrorReach Reach { get; internal set; } = errorId.Reach();

    /// <summary>The request of S3 or KMS that failed, as AWS names it: <c>PutObject</c>, <c>Decrypt</c>.</summary>
    public string? Operation { get; init; }

    /// <summary>The id that AWS gave the request.</summary>
    public string? RequestId { get; init; }

    /// <summary>The HTTP status of the answer.</summary>
    public int? StatusCode { get; init; }

    /// <summary>Why the request may be sent again, if it may.</summary>
    internal RepeatReason Repeat { get; init; }

    /// <summary>The settings that would let the object be read, where the caller's do not.</summary>
    public NeededSettings Needed { get; init; } = new();
}
