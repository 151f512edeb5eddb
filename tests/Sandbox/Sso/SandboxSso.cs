using System.Security.Cryptography;

namespace CseKms.Sandbox;

/// <summary>The sign-on: the test approves by their user codes the devices that ask, and tokens come of that.</summary>
public sealed class SandboxSso
{
    private static readonly TimeSpan CodeLifetime = TimeSpan.FromMinutes(10);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _clients = [];
    private readonly Dictionary<string, DeviceCode> _devices = [];
    private readonly Dictionary<string, DateTimeOffset> _accessTokens = [];
    private readonly Dictionary<string, string> _refreshTokens = [];
    private readonly TimeProvider _clock;

    internal SandboxSso(TimeProvider clock) => _clock = clock;

    /// <summary>How long access tokens last, those that are issued from now on.</summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(1);

    internal DateTimeOffset Now => _clock.GetUtcNow();

    /// <summary>Does what the user does in the browser.</summary>
    public void Approve(string userCode) => Answer(userCode, approved: true);

    /// <summary>Refuses, as a user may in the browser.</summary>
    public void Refuse(string userCode) => Answer(userCode, approved: false);

    /// <summary>Issues an access token as if somebody had signed on.</summary>
    public string AddAccessToken()
    {
        lock (_lock)
        {
            var token = NewToken();
            _accessTokens[token] = Now + TokenLifetime;
            return token;
        }
    }

    internal (string Id, string Secret) AddClient()
    {
        lock (_lock)
        {
            var (id, secret) = (NewToken(), NewToken());
            _clients[id] = secret;
            return (id, secret);
        }
    }

    internal bool IsClient(string id, string secret)
    {
        lock (_lock)
        {
            return _clients.GetValueOrDefault(id) == secret;
        }
    }

    internal (string DeviceCode, string UserCode, TimeSpan Lifetime) AddDevice(string clientId)
    {
        lock (_lock)
        {
            var userCode = $"{NewLetters()}-{NewLetters()}";
            var deviceCode = NewToken();
            _devices[deviceCode] = new DeviceCode(clientId, userCode, Now + CodeLifetime);
            return (deviceCode, userCode, CodeLifetime);
        }
    }

    /// <summary>Spends a device code that was approved.</summary>
    internal void UseDeviceCode(string clientId, string deviceCode)
    {
        lock (_lock)
        {
            if (_devices.GetValueOrDefault(deviceCode) is not { } device || device.ClientId != clientId)
            {
                throw OidcError("InvalidGrantException", "invalid_grant", "Invalid grant provided");
            }
            if (device.Expires <= Now)
            {
                throw OidcError("ExpiredTokenException", "expired_token", "Invalid token provided");
            }
            if (device.IsApproved is not { } approved)
            {
                throw OidcError("AuthorizationPendingException", "authorization_pending", null);
            }
            _devices.Remove(deviceCode);
            if (!approved)
            {
                throw OidcError("AccessDeniedException", "access_denied", null);
            }
        }
    }

    internal string AddRefreshToken(string clientId)
    {
        lock (_lock)
        {
            var token = NewToken();
            _refreshTokens[token] = clientId;
            return token;
        }
    }

    /// <summary>Spends a refresh token.</summary>
    internal void UseRefreshToken(string clientId, string token)
    {
        lock (_lock)
        {
            if (_refreshTokens.GetValueOrDefault(token) != clientId)
            {
                throw OidcError("InvalidGrantException", "invalid_grant", "Invalid refresh token provided");
            }
            _refreshTokens.Remove(token);
        }
    }

    internal bool IsAccessToken(string token)
    {
        lock (_lock)
        {
            return _accessTokens.TryGetValue(token, out var expires) && expires > Now;
        }
    }

    internal static AwsException OidcError(string code, string error, string? description, int status = 400)
    {
        (string, string)[] details = description is null ? [("error", error)] : [("error", error), ("error_description", description)];
        return new AwsException(status, code, null, details);
    }

    private void Answer(string userCode, bool approved)
    {
        lock (_lock)
        {
            var device = _devices.Values.FirstOrDefault(d => d.UserCode == userCode)
                ?? throw new KeyNotFoundException($"No device waits with the code {userCode}.");
            device.IsApproved = approved;
        }
    }

    private static string NewToken() => RandomNumberGenerator.GetHexString(64, lowercase: true);

    // Without vowels, as AWS spells no words.
    private static string NewLetters() => RandomNumberGenerator.GetString("BCDFGHJKLMNPQRSTVWXZ", 4);

    private sealed record DeviceCode(string ClientId, string UserCode, DateTimeOffset Expires)
    {
        public bool? IsApproved { get; set; }
    }
}
