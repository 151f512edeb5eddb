using System.Text.Json;
using System.Text.Json.Nodes;

namespace CseKms.Sandbox.Sso;

/// <summary>The operations of SSO and SSO-OIDC, in their REST protocol of JSON. Nobody signs them.</summary>
internal sealed class SsoService(SandboxSso sso, IdentityStore identities, AccessRules access, Func<TimeSpan?> lifetime)
{
    private const string ContentType = "application/json";
    private const string DevicePage = "/device";
    private const string UserCode = "user_code";
    private const string BearerHeader = "x-amz-sso_bearer_token";

    /// <summary>The operation, or null where the request is for S3, which may have buckets of the same names.</summary>
    public static string? OperationOf(HttpRequest request, string origin)
    {
        // S3 says in a query what to do with an object, and the content type may be that of the object.
        var isJson = !origin.Contains('?') && request.ContentType?.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase) == true;
        return (request.Method, origin.Split('?')[0]) switch
        {
            ("POST", "/client/register") when isJson => "RegisterClient",
            ("POST", "/device_authorization") when isJson => "StartDeviceAuthorization",
            ("POST", "/token") when isJson => "CreateToken",
            ("GET", DevicePage) when request.Query.ContainsKey(UserCode) => "ApproveDevice",
            ("GET", "/federation/credentials") when request.Headers.ContainsKey(BearerHeader) => "GetRoleCredentials",
            _ => null,
        };
    }

    public static string ServiceOf(string operation) => operation == "GetRoleCredentials" ? "sso" : "sso-oidc";

    public async Task HandleAsync(Exchange exchange, JsonObject input)
    {
        if (exchange.Log.Operation == "ApproveDevice")
        {
            // Who opens the page has signed on.
            sso.Approve(exchange.Target[UserCode]!);
            await exchange.ReplyAsync(200, "text/plain", "Signed on. You may close this page.\n");
            return;
        }

        JsonObject output = exchange.Log.Operation switch
        {
            "RegisterClient" => RegisterClient(input),
            "StartDeviceAuthorization" => StartDeviceAuthorization(exchange, input),
            "CreateToken" => CreateToken(input),
            _ => GetRoleCredentials(exchange),
        };
        await exchange.ReplyAsync(200, ContentType, output.ToJsonString());
    }

    public static async Task ReplyErrorAsync(Exchange exchange, AwsException error)
    {
        exchange.Log.ErrorCode = error.Code;
        exchange.Response.Headers["x-amzn-ErrorType"] = error.Code;
        var output = new JsonObject();
        foreach (var (name, value) in error.Details)
        {
            output[name] = value;
        }
        if (error.AwsMessage is { } message)
        {
            output["message"] = message;
        }
        var body = JsonSerializer.SerializeToUtf8Bytes(output);
        await exchange.SendAsync(error.Status, ContentType, body);
    }

    private JsonObject RegisterClient(JsonObject input)
    {
        Required(input, "clientName");
        Required(input, "clientType");
        var (id, secret) = sso.AddClient();
        return new JsonObject
        {
            ["clientId"] = id,
            ["clientSecret"] = secret,
            ["clientIdIssuedAt"] = sso.Now.ToUnixTimeSeconds(),
            ["clientSecretExpiresAt"] = sso.Now.AddDays(90).ToUnixTimeSeconds(),
        };
    }

    private JsonObject StartDeviceAuthorization(Exchange exchange, JsonObject input)
    {
        Required(input, "startUrl");
        var (deviceCode, userCode, expiresIn) = sso.AddDevice(ClientOf(input));
        var page = $"{exchange.Request.Scheme}://{exchange.Request.Host}{DevicePage}";
        return new JsonObject
        {
            ["deviceCode"] = deviceCode,
            ["userCode"] = userCode,
            ["verificationUri"] = page,
            ["verificationUriComplete"] = $"{page}?{UserCode}={userCode}",
            ["expiresIn"] = (int)expiresIn.TotalSeconds,
            ["interval"] = 1,
        };
    }

    private JsonObject CreateToken(JsonObject input)
    {
        var client = ClientOf(input);
        switch (Required(input, "grantType"))
        {
            case "urn:ietf:params:oauth:grant-type:device_code":
                sso.UseDeviceCode(client, Required(input, "deviceCode"));
                break;
            case "refresh_token":
                sso.UseRefreshToken(client, Required(input, "refreshToken"));
                break;
            default:
                throw SandboxSso.OidcError("UnsupportedGrantTypeException", "unsupported_grant_type", null);
        }
        return new JsonObject
        {
            ["accessToken"] = sso.AddAccessToken(),
            ["tokenType"] = "Bearer",
            ["expiresIn"] = (int)sso.TokenLifetime.TotalSeconds,
            ["refreshToken"] = sso.AddRefreshToken(client),
        };
    }

    private JsonObject GetRoleCredentials(Exchange exchange)
    {
        if (!sso.IsAccessToken(exchange.Header(BearerHeader)!))
        {
            throw new AwsException(401, "UnauthorizedException", "Session token not found or invalid");
        }
        if (exchange.Target["account_id"] is not { } account || exchange.Target["role_name"] is not { } name)
        {
            throw new AwsException(400, "InvalidRequestException", "Missing required request parameters: [account_id, role_name]");
        }
        var role = identities.FindRole(IdentityStore.RoleArn(account, name));
        if (role is null || access.IsDenied(role, "GetRoleCredentials"))
        {
            throw new AwsException(403, "ForbiddenException", "No access");
        }
        var session = identities.AddSession(role, lifetime() ?? TimeSpan.FromHours(1), "user");
        return new JsonObject
        {
            ["roleCredentials"] = new JsonObject
            {
                ["accessKeyId"] = session.AccessKeyId,
                ["secretAccessKey"] = session.SecretAccessKey,
                ["sessionToken"] = session.SessionToken,
                ["expiration"] = session.Expires!.Value.ToUnixTimeMilliseconds(),
            },
        };
    }

    private string ClientOf(JsonObject input)
    {
        var id = Required(input, "clientId");
        return sso.IsClient(id, Required(input, "clientSecret"))
            ? id
            : throw SandboxSso.OidcError("InvalidClientException", "invalid_client", "Invalid client provided", 401);
    }

    private static string Required(JsonObject input, string name) => input[name]?.GetValue<string>() is { Length: > 0 } text
        ? text
        : throw SandboxSso.OidcError("InvalidRequestException", "invalid_request", $"Missing {name}");
}
