namespace CseKms.Sandbox;

/// <summary>An error as AWS answers it; S3 and STS render it as XML, the others as JSON.</summary>
internal sealed class AwsException(int status, string code, string? message, params (string Name, string Value)[] details)
    : Exception(message ?? code)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>KMS answers some errors with a null message, which clients must survive.</summary>
    public string? AwsMessage { get; } = message;

    /// <summary>Further members of the error's body, in S3 and SSO.</summary>
    public IReadOnlyList<(string Name, string Value)> Details { get; } = details;

    /// <summary>Headers that belong to the error, such as <c>x-amz-bucket-region</c>.</summary>
    public Dictionary<string, string> Headers { get; } = [];
}
