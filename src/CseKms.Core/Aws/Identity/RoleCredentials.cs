using System.Diagnostics.CodeAnalysis;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace CseKms.Core.Aws.Identity;

/// <summary>
/// A role that is assumed with other credentials, with the code of an MFA device where the role asks for one. The temporary keys are
/// kept until shortly before they expire; whoever needs them then is asked for the next code. Thread-safe.
/// </summary>
/// <remarks>The SDK's own class finds its client of STS in whatever load context comes first, and cannot be cancelled while it asks.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "Lives as long as the clients that sign with it.")]
internal sealed class RoleCredentials(AssumeRoleAWSCredentials role, AWSCredentials source, AmazonSecurityTokenServiceConfig config)
    : AWSCredentials
{
    private static readonly TimeSpan LongestLead = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _gate = new(1);
    private readonly AmazonSecurityTokenServiceClient _sts = new(source, config);
    private volatile Session? _session;

    /// <summary>When the temporary keys end, once there are any.</summary>
    public override DateTime? Expiration => _session?.Expires;

    /// <inheritdoc/>
    public override ImmutableCredentials GetCredentials() => GetCredentialsAsync().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override async Task<ImmutableCredentials> GetCredentialsAsync()
    {
        if (_session is { } session && DateTime.UtcNow < session.RenewAt)
        {
            return session.Keys;
        }

        await _gate.WaitAsync(SignIn.Ended).ConfigureAwait(false);
        try
        {
            var old = _session;
            if (old is null || DateTime.UtcNow >= old.RenewAt)
            {
                _session = await RenewAsync(old).ConfigureAwait(false);
            }

            return _session!.Keys;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<Session> RenewAsync(Session? old)
    {
        try
        {
            return await CredentialErrors.KeysAsync($"the role {role.RoleArn}", AssumeAsync, SignIn.Ended).ConfigureAwait(false);
        }
        catch (CseException) when (DateTime.UtcNow < old?.UsableUntil)
        {
            // What there is still works; the next try is due before it ends.
            return old with { RenewAt = Earlier(DateTime.UtcNow + RetryAfter, old.UsableUntil) };
        }
    }

    private async Task<Session> AssumeAsync()
    {
        var serial = role.Options.MfaSerialNumber;
        var response = await _sts.AssumeRoleAsync(
            new AssumeRoleRequest
            {
                RoleArn = role.RoleArn,
                RoleSessionName = role.RoleSessionName,
                ExternalId = role.Options.ExternalId,
                SerialNumber = serial,
                TokenCode = serial is null ? null : await AskAsync(serial).ConfigureAwait(false),
            },
            SignIn.Ended).ConfigureAwait(false);
        var keys = response.Credentials;
        var expires = keys.Expiration!.Value.ToUniversalTime();
        var lead = TimeSpan.FromTicks(Math.Min(LongestLead.Ticks, (expires - DateTime.UtcNow).Ticks / 4));
        return new Session(
            new ImmutableCredentials(keys.AccessKeyId, keys.SecretAccessKey, keys.SessionToken), expires, expires - lead, expires - (lead / 2));
    }

    private static Task<string> AskAsync(string serial) => SignIn.Current?.AskMfaCodeAsync(serial) ?? throw new CseException(
        ErrorId.MfaCodeRequired, $"A code of the MFA device {serial} is needed, and nobody can be asked.");

    private static DateTime Earlier(DateTime a, DateTime b) => a < b ? a : b;

    // What is signed with keys on their last breath would be refused on arrival.
    private sealed record Session(ImmutableCredentials Keys, DateTime Expires, DateTime RenewAt, DateTime UsableUntil);
}
