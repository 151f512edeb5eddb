namespace CseKms.Core.Session;

/// <summary>What a session holds at one moment.</summary>
/// <param name="Clients">Clients of S3, one for each identity, endpoint and region.</param>
/// <param name="Keyrings">Keyrings, one for each KMS identity, endpoint, region and key id.</param>
public sealed record SessionDescription(IReadOnlyList<ClientDescription> Clients, IReadOnlyList<KeyringDescription> Keyrings);

/// <summary>A cached client of S3.</summary>
/// <param name="Identity">Where its credentials came from.</param>
/// <param name="CredentialsExpire">When its temporary keys end and others are asked for, in UTC, where that is known.</param>
/// <param name="Region">Its region.</param>
/// <param name="EndpointUrl">Its endpoint when not AWS's own.</param>
/// <param name="ObjectsSent">Objects stored through it.</param>
/// <param name="ObjectsReceived">Objects received through it.</param>
/// <param name="BytesSent">Plaintext bytes stored through it.</param>
/// <param name="BytesReceived">Plaintext bytes received through it.</param>
public sealed record ClientDescription(
    string Identity,
    DateTime? CredentialsExpire,
    string Region,
    string? EndpointUrl,
    long ObjectsSent,
    long ObjectsReceived,
    long BytesSent,
    long BytesReceived);

/// <summary>A cached keyring.</summary>
/// <param name="KmsKeyId">The KMS key id as it was given.</param>
/// <param name="Identity">Where its credentials came from.</param>
/// <param name="CredentialsExpire">When its temporary keys end and others are asked for, in UTC, where that is known.</param>
/// <param name="Region">The region of KMS.</param>
/// <param name="EndpointUrl">Its endpoint when not AWS's own.</param>
/// <param name="DataKeysGenerated">Data keys made.</param>
/// <param name="DataKeysDecrypted">Data keys unwrapped.</param>
public sealed record KeyringDescription(
    string KmsKeyId,
    string Identity,
    DateTime? CredentialsExpire,
    string Region,
    string? EndpointUrl,
    long DataKeysGenerated,
    long DataKeysDecrypted);
