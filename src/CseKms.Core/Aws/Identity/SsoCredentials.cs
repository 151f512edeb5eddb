using Amazon.Runtime;

namespace CseKms.Core.Aws.Identity;

/// <summary>
/// A role of IAM Identity Center (SSO). The SDK keeps the sign-in where the AWS CLI keeps it; when there is none, the person behind
/// the call that needs it is told where to sign in. Thread-safe.
/// </summary>
internal sealed class SsoCredentials : AWSCredentials
{
    private readonly SSOAWSCredentials _sso;

    public SsoCredentials(SSOAWSCredentials sso)
    {
        _sso = sso;
        sso.Options.ClientName = "CseKms";
        sso.Options.SupportsGettingNewToken = true;
        sso.Options.SsoVerificationCallback = page =>
            (SignIn.Current ?? throw new CseException(ErrorId.SsoSignInRequired, "An SSO sign-in is needed, and nobody can be asked."))
                .ShowSsoSignInAsync(page.VerificationUriComplete ?? page.VerificationUri, page.UserCode)
                .GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public override DateTime? Expiration => _sso.Expiration;

    /// <inheritdoc/>
    public override ImmutableCredentials GetCredentials() => GetCredentialsAsync().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override Task<ImmutableCredentials> GetCredentialsAsync() =>
        // The SDK cannot be cancelled while it waits for a sign-in.
        CredentialErrors.KeysAsync(
            $"the role {_sso.RoleName} of account {_sso.AccountId}",
            () => _sso.GetCredentialsAsync().WaitAsync(SignIn.Ended),
            SignIn.Ended);
}
