namespace CseKms.Core.Settings;

/// <summary>Where S3 and KMS are and as whom they are called. What is <see langword="null"/> is looked for as the AWS SDK does.</summary>
public sealed record ConnectionSettings
{
    /// <summary>Region of the bucket; also of the KMS key when that is not given as an ARN.</summary>
    public string? Region { get; init; }

    /// <summary>Profile of the shared configuration. Goes before <see cref="Credential"/>.</summary>
    public string? ProfileName { get; init; }

    /// <summary>Path of the credentials file that holds the profile.</summary>
    public string? ProfileLocation { get; init; }

    /// <summary>Credentials from outside.</summary>
    public ICredentialSource? Credential { get; init; }

    /// <summary>Access key id. Goes before a profile.</summary>
    public string? AccessKey { get; init; }

    /// <summary>Secret of <see cref="AccessKey"/>.</summary>
    public string? SecretKey { get; init; }

    /// <summary>Session token of temporary keys.</summary>
    public string? SessionToken { get; init; }

    /// <summary>Profile that KMS is called as, when that is somebody else than S3 is called as.</summary>
    public string? KmsProfileName { get; init; }

    /// <summary>Endpoint of S3.</summary>
    public string? EndpointUrl { get; init; }

    /// <summary>Endpoint of KMS.</summary>
    public string? KmsEndpointUrl { get; init; }

    /// <summary>Put the bucket into the path of a request and not into its host name.</summary>
    public bool ForcePathStyleAddressing { get; init; }

    /// <summary>Call AWS's endpoints that are validated under FIPS 140; also on when environment or profile say so.</summary>
    public bool UseFipsEndpoint { get; init; }

    /// <summary>Call AWS's endpoints that speak IPv6 as well as IPv4; also on when environment or profile say so.</summary>
    public bool UseDualstackEndpoint { get; init; }

    /// <summary>Does not show secrets.</summary>
    public override string ToString() => $"{nameof(ConnectionSettings)} {{ Region = {Region}, ProfileName = {ProfileName}, EndpointUrl = {EndpointUrl} }}";
}
