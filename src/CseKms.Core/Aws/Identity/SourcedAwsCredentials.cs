using Amazon.Runtime;
using CseKms.Core.Settings;

namespace CseKms.Core.Aws.Identity;

/// <summary>Credentials of a source outside, as the SDK takes them. The source keeps and renews them, so nothing is kept here.</summary>
internal sealed class SourcedAwsCredentials(ICredentialSource source) : AWSCredentials
{
    /// <inheritdoc/>
    public override ImmutableCredentials GetCredentials() => GetCredentialsAsync().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override async Task<ImmutableCredentials> GetCredentialsAsync()
    {
        var now = await source.GetAsync().ConfigureAwait(false);
        return new ImmutableCredentials(now.AccessKey, now.SecretKey, now.SessionToken);
    }
}
