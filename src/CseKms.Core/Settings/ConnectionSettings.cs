using System.Reflection;

namespace CseKms.Core.Settings;

/// <summary>Where S3 and KMS are and as whom they are called. What is <see langword="null"/> is not given, and looked for as the AWS SDK does.</summary>
public sealed record ConnectionSettings
{
    /// <summary>Send no checksum that S3 does not require, for stores that know none of S3's.</summary>
    public const string ChecksumWhenRequired = "WHEN_REQUIRED";

    private static readonly PropertyInfo[] Properties = typeof(ConnectionSettings).GetProperties();

    /// <summary>Who S3 is called as, and KMS too unless <see cref="KmsProfileName"/> is given.</summary>
    public CallerIdentity? Identity { get; init; }

    /// <summary>Region of the bucket; also of the KMS key when that is not given as an ARN.</summary>
    public string? Region { get; init; }

    /// <summary>Profile that KMS is called as, when that is somebody else than S3 is called as.</summary>
    public string? KmsProfileName { get; init; }

    /// <summary>Endpoint of S3.</summary>
    public string? EndpointUrl { get; init; }

    /// <summary>Endpoint of KMS.</summary>
    public string? KmsEndpointUrl { get; init; }

    /// <summary>Put the bucket into the path of a request and not into its host name.</summary>
    public bool? ForcePathStyleAddressing { get; init; }

    /// <summary>Call AWS's endpoints that are validated under FIPS 140; also on when environment or profile say so.</summary>
    public bool? UseFipsEndpoint { get; init; }

    /// <summary>Call AWS's endpoints that speak IPv6 as well as IPv4; also on when environment or profile say so.</summary>
    public bool? UseDualstackEndpoint { get; init; }

    /// <summary>When checksums are sent: always, unless it is <see cref="ChecksumWhenRequired"/>.</summary>
    public string? RequestChecksumCalculation { get; init; }

    /// <summary>The caller, and not the bucket's owner, pays for all requests to S3.</summary>
    public bool? RequesterPays { get; init; }

    /// <summary>
    /// These settings, and for what they leave open those of <paramref name="other"/>. An empty text is not left open: it stands for none.
    /// </summary>
    public ConnectionSettings Over(ConnectionSettings other)
    {
        // By reflection, so that a new setting is one line.
        var result = new ConnectionSettings();
        foreach (var property in Properties)
        {
            var value = property.GetValue(this) ?? property.GetValue(other);
            property.SetValue(result, value is "" ? null : value);
        }

        return result;
    }

    /// <summary>Does not show secrets.</summary>
    public override string ToString() => $"{nameof(ConnectionSettings)} {{ Region = {Region}, Identity = {Identity}, EndpointUrl = {EndpointUrl} }}";
}
