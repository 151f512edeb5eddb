using System.Net.Sockets;
using Amazon.Runtime;
using static CseKms.Core.Aws.Http.ServiceErrors;

namespace CseKms.Core.Aws.Identity;

/// <summary>Turns what happens while keys are asked for into <see cref="CseException"/>.</summary>
internal static class CredentialErrors
{
    /// <summary>Gets keys, which may mean to sign in.</summary>
    /// <exception cref="CseException">There are none for <paramref name="identity"/>.</exception>
    public static async Task<T> KeysAsync<T>(string identity, Func<Task<T>> get, CancellationToken cancellationToken)
    {
        try
        {
            return await get().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not CseException && !cancellationToken.IsCancellationRequested)
        {
            throw NoKeys(identity, e);
        }
    }

    private static CseException NoKeys(string identity, Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case CseException failure:
                    return failure;
                case AmazonServiceException { StatusCode: not 0 } service:
                    var refusal = IsAboutMfaCode(service)
                        ? (ErrorId.MfaCodeRejected, $"AWS did not accept the MFA code for {identity}.")
                        : Credentials(service) ?? (ErrorId.CredentialsInvalid, $"No keys were given to {identity}: {Said(service)}");
                    return Answered(null, service, refusal, e);
                case HttpRequestException or SocketException or OperationCanceledException:
                    return new(ErrorId.EndpointUnreachable, $"No keys were given to {identity}, the endpoint could not be reached: {Said(cause.Message)}", e);
            }
        }

        return new(ErrorId.CredentialsInvalid, $"No keys were given to {identity}: {Said(e.Message)}", e);
    }

    // The second is what AWS says of a code that is none, and repeats the code.
    private static bool IsAboutMfaCode(AmazonServiceException e) =>
        e.Message.Contains("MultiFactorAuthentication", StringComparison.Ordinal)
        || (e.ErrorCode == "ValidationError" && e.Message.Contains("tokenCode", StringComparison.Ordinal));
}
