namespace CseKms;

/// <summary>A failure of this module. <see cref="ErrorId"/> is stable; about_CseKms_Errors lists all ids.</summary>
public sealed class CseKmsException : Exception
{
    internal CseKmsException(string errorId, string message, Exception? inner = null)
        : base(CseText.Escape(message), Harmless(inner))
    {
        ErrorId = errorId;
    }

    /// <summary>The stable id of the cause, as in FullyQualifiedErrorId.</summary>
    public string ErrorId { get; }

    /// <summary>The bucket, where the failure is about one.</summary>
    public string? BucketName { get; internal init; }

    /// <summary>The object's key, where the failure is about one.</summary>
    public string? Key { get; internal init; }

    /// <summary>The request of S3 or KMS that failed, as AWS names it, such as PutObject or Decrypt.</summary>
    public string? Operation { get; internal init; }

    /// <summary>The id that AWS gave the request.</summary>
    public string? RequestId { get; internal init; }

    /// <summary>The HTTP status of the answer.</summary>
    public int? StatusCode { get; internal init; }

    // What AWS or a parser says quotes what others wrote, and Get-Error shows it. Types and traces go where it must be escaped.
    private static Exception? Harmless(Exception? inner)
    {
        for (var cause = inner; cause is not null; cause = cause.InnerException)
        {
            if (CseText.Escape(cause.Message) != cause.Message)
            {
                return new InvalidOperationException(CseText.Escape(inner!.Message), Harmless(inner.InnerException));
            }
        }

        return inner;
    }
}
