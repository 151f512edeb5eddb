using CseKms.Core;

namespace CseKms;

/// <summary>A failure of this module. <see cref="ErrorId"/> is stable; about_CseKms_Errors lists all ids.</summary>
public sealed class CseKmsException : Exception
{
    internal CseKmsException(string errorId, string message, Exception? inner = null, string? bucketName = null, string? key = null)
        : base(message, inner)
    {
        ErrorId = errorId;
        BucketName = bucketName;
        Key = key;
    }

    /// <summary>The stable id of the cause, as in FullyQualifiedErrorId.</summary>
    public string ErrorId { get; }

    /// <summary>The bucket, where the failure is about one.</summary>
    public string? BucketName { get; }

    /// <summary>The object's key, where the failure is about one.</summary>
    public string? Key { get; }
}
