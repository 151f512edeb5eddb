namespace CseKms.Core.Settings;

/// <summary>
/// Who calls AWS. Keys, token and profile are given together and replaced together, never mixed: else a profile that is named would lose
/// against keys that were set before. What names nobody is looked for as the AWS SDK does. An empty text is none.
/// </summary>
public sealed record CallerIdentity
{
    /// <summary>Access key id. Goes before a profile.</summary>
    public string? AccessKey { get; init => field = NonEmpty(value); }

    /// <summary>Secret of <see cref="AccessKey"/>.</summary>
    public string? SecretKey { get; init => field = NonEmpty(value); }

    /// <summary>Session token of temporary keys.</summary>
    public string? SessionToken { get; init => field = NonEmpty(value); }

    /// <summary>Profile of the shared configuration. Goes before <see cref="Credential"/>.</summary>
    public string? ProfileName { get; init => field = NonEmpty(value); }

    /// <summary>Path of the credentials file that holds the profile.</summary>
    public string? ProfileLocation { get; init => field = NonEmpty(value); }

    /// <summary>Credentials from outside.</summary>
    public ICredentialSource? Credential { get; init; }

    /// <summary>What may be shown of it.</summary>
    public CallerIdentity WithoutSecrets() => this with { SecretKey = null, SessionToken = null, Credential = null };

    /// <summary>Does not show secrets.</summary>
    public override string ToString() => $"{nameof(CallerIdentity)} {{ ProfileName = {ProfileName} }}";

    private static string? NonEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
