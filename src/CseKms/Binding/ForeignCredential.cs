using System.Management.Automation;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using CseKms.Core;
using CseKms.Core.Settings;

namespace CseKms.Binding;

/// <summary>
/// Credentials that a user has as an object: a PSCredential of access key and secret, or an AWSCredentials of whatever AWSSDK the
/// process has loaded, such as that of AWS.Tools. Its type is not ours, so its members are called by name. Thread-safe.
/// </summary>
internal sealed class ForeignCredential : ICredentialSource
{
    private static readonly ConditionalWeakTable<object, string> Ids = [];

    private static readonly byte[] HashKey = RandomNumberGenerator.GetBytes(32);

    private readonly object _credential;

    private ForeignCredential(object credential)
    {
        // A pair is what it holds, whichever object holds it; a copy, since its owner may dispose of the password when the call has ended.
        _credential = credential is PSCredential pair ? new PSCredential(pair.UserName, pair.Password.Copy()) : credential;
        Id = credential is PSCredential keys ? Hash(keys) : Ids.GetValue(credential, static _ => Guid.NewGuid().ToString("N"));
    }

    /// <inheritdoc/>
    public string Id { get; }

    /// <summary>The source that an object stands for, or <see langword="null"/> when it is no credential.</summary>
    public static ForeignCredential? From(object credential) =>
        (credential is PSObject wrapped ? wrapped.BaseObject : credential) is var plain
        && (plain is PSCredential || plain.GetType().GetMethod("GetCredentialsAsync", []) is not null)
            ? new ForeignCredential(plain)
            : null;

    /// <inheritdoc/>
    public async Task<SourcedCredentials> GetAsync()
    {
        if (_credential is PSCredential pair)
        {
            return new SourcedCredentials(pair.UserName, pair.Password.ToText(), null);
        }

        try
        {
            var asked = (Task)_credential.GetType().GetMethod("GetCredentialsAsync", [])!.Invoke(_credential, null)!;
            await asked.ConfigureAwait(false);
            var now = asked.GetType().GetProperty("Result")!.GetValue(asked)!;
            return new SourcedCredentials(Text(now, "AccessKey")!, Text(now, "SecretKey")!, Text(now, "Token"));
        }
        catch (Exception e) when (e is not CseException)
        {
            var cause = e.InnerException ?? e;
            throw new CseException(ErrorId.CredentialsInvalid, $"The object given by -Credential gives no credentials: {cause.Message}", cause);
        }
    }

    private static string Hash(PSCredential pair)
    {
        var bytes = Encoding.UTF8.GetBytes($"{pair.UserName}\0{pair.Password.ToText()}");
        try
        {
            return Convert.ToHexString(HMACSHA256.HashData(HashKey, bytes));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static string? Text(object credentials, string property) =>
        credentials.GetType().GetProperty(property)?.GetValue(credentials) is string { Length: > 0 } text ? text : null;
}
