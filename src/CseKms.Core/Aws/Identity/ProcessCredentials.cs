using Amazon.Runtime;

namespace CseKms.Core.Aws.Identity;

/// <summary>
/// Keys that a program prints, which a profile names (<c>credential_process</c>). It is run for the first keys, and again shortly before
/// they end. Nothing that it says of a failure is repeated, since that may be secret. Thread-safe.
/// </summary>
internal sealed class ProcessCredentials(string profile, ProcessAWSCredentials process) : AWSCredentials
{
    /// <summary>When the keys end, if the program told so.</summary>
    public override DateTime? Expiration => process.Expiration is { Year: < 9999 } end ? end : null;

    /// <inheritdoc/>
    public override ImmutableCredentials GetCredentials() => GetCredentialsAsync().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override async Task<ImmutableCredentials> GetCredentialsAsync()
    {
        try
        {
            return await process.GetCredentialsAsync().ConfigureAwait(false);
        }
        catch (ProcessAWSCredentialException e)
        {
            var happened = e.InnerException is null ? "ended with an error" : "printed no keys that can be read";
            throw new CseException(
                ErrorId.CredentialsInvalid,
                $"No keys were given to profile {profile}: its program (credential_process) {happened}. What it said may be secret and is not shown.");
        }
    }

    /// <summary>The keys where they have no end, so that they tell who calls; none of keys that are renewed.</summary>
    public async Task<string?[]> LastingKeysAsync()
    {
        var keys = await GetCredentialsAsync().ConfigureAwait(false);
        return Expiration is null ? [keys.AccessKey, keys.SecretKey, keys.Token] : [];
    }
}
