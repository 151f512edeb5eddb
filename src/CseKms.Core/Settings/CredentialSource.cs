namespace CseKms.Core.Settings;

/// <summary>Credentials that come from outside the engine and may be renewed there. Implementations are thread-safe.</summary>
public interface ICredentialSource
{
    /// <summary>Equal exactly for sources that give the same credentials; tells nothing of them.</summary>
    string Id { get; }

    /// <summary>The credentials as they are now. Asked before each request.</summary>
    Task<SourcedCredentials> GetAsync();
}

/// <summary>Credentials at one moment.</summary>
/// <param name="AccessKey">The access key id.</param>
/// <param name="SecretKey">Its secret.</param>
/// <param name="SessionToken">The token of temporary keys.</param>
public sealed record SourcedCredentials(string AccessKey, string SecretKey, string? SessionToken)
{
    /// <summary>Does not show secrets.</summary>
    public override string ToString() => nameof(SourcedCredentials);
}
