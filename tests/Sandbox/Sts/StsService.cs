using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CseKms.Sandbox.Http;
using CseKms.Sandbox.S3;
using CseKms.Sandbox.SigV4;

namespace CseKms.Sandbox.Sts;

/// <summary>STS's operations, in its query protocol: a form comes in, XML goes out.</summary>
internal sealed partial class StsService(IdentityStore identities, RoleTrust trust, AccessRules access, Func<TimeSpan?> lifetime)
{
    private const string Namespace = "https://sts.amazonaws.com/doc/2011-06-15/";
    private const string FormType = "application/x-www-form-urlencoded";
    private const string WebIdentity = "AssumeRoleWithWebIdentity";
    private const int LongestChained = 3600;

    public static AuthErrors AuthErrors { get; } = new QueryAuthErrors("sts");

    public static bool IsFor(HttpRequest request, string origin) =>
        request.Method == "POST" && origin == "/" && request.ContentType?.StartsWith(FormType, StringComparison.OrdinalIgnoreCase) == true;

    public static bool IsSigned(string operation) => operation != WebIdentity;

    public static Dictionary<string, string> ParseForm(byte[] body)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            foreach (var (name, value) in RawTarget.Parse("/?" + Encoding.Latin1.GetString(body)).Query)
            {
                form[name] = value;
            }
            return form;
        }
        catch (AwsException)
        {
            throw new AwsException(400, "MalformedQueryString", "The query string is malformed.");
        }
    }

    public async Task HandleAsync(Exchange exchange, IReadOnlyDictionary<string, string> form)
    {
        var operation = exchange.Log.Operation;
        var result = XmlText.Plain();
        result.Open(operation + "Response", Namespace).Open(operation + "Result");
        switch (operation, form.GetValueOrDefault("Version"))
        {
            case ("GetCallerIdentity", "2011-06-15"):
                GetCallerIdentity(exchange, result);
                break;
            case ("AssumeRole", "2011-06-15"):
                AssumeRole(exchange, form, result);
                break;
            case (WebIdentity, "2011-06-15"):
                AssumeRoleWithWebIdentity(form, result);
                break;
            case var (_, version):
                throw new AwsException(400, "InvalidAction", $"Could not find operation {operation} for version {version}");
        }
        result.Close(operation + "Result").Open("ResponseMetadata").Add("RequestId", RequestId(exchange)).Close("ResponseMetadata")
            .Close(operation + "Response");
        await exchange.ReplyAsync(200, "text/xml", result.ToString());
    }

    public static async Task ReplyErrorAsync(Exchange exchange, AwsException error)
    {
        exchange.Log.ErrorCode = error.Code;
        var xml = XmlText.Plain().Open("ErrorResponse", Namespace).Open("Error")
            .Add("Type", error.Status < 500 ? "Sender" : "Receiver").Add("Code", error.Code).Add("Message", error.AwsMessage)
            .Close("Error").Add("RequestId", RequestId(exchange)).Close("ErrorResponse");
        await exchange.SendAsync(error.Status, "text/xml", Encoding.UTF8.GetBytes(xml.ToString()));
    }

    // AWS answers this one even to those to whom a policy denies it.
    private static void GetCallerIdentity(Exchange exchange, XmlText result) => result
        .Add("Arn", exchange.Identity.CallerArn).Add("UserId", exchange.Identity.UserId).Add("Account", SandboxServer.AccountId);

    private void AssumeRole(Exchange exchange, IReadOnlyDictionary<string, string> form, XmlText result)
    {
        var caller = exchange.Identity;
        if (caller.IsRoot)
        {
            throw AccessDenied("Roles may not be assumed by root accounts.");
        }
        var duration = Duration(form);
        if (caller.SessionToken is not null && duration.TotalSeconds > LongestChained)
        {
            throw Invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.");
        }
        var sessionName = SessionName(form);
        var arn = Required(form, "RoleArn");
        var serial = CheckMfa(form);
        var role = identities.FindRole(arn);
        if (role is null || access.IsDenied(caller, "AssumeRole") || !trust.Trusts(role, serial, form.GetValueOrDefault("ExternalId")))
        {
            throw AccessDenied($"User: {caller.CallerArn} is not authorized to perform: sts:AssumeRole on resource: {arn}");
        }
        AddSession(result, role, duration, sessionName);
    }

    private void AssumeRoleWithWebIdentity(IReadOnlyDictionary<string, string> form, XmlText result)
    {
        var duration = Duration(form);
        var sessionName = SessionName(form);
        var arn = Required(form, "RoleArn");
        var trusting = trust.RoleOfWebIdentity(Required(form, "WebIdentityToken"))
            ?? throw new AwsException(400, "InvalidIdentityToken", "The web identity token that was passed could not be validated.");
        var role = trusting == arn ? identities.FindRole(arn) : null;
        AddSession(result, role ?? throw AccessDenied($"Not authorized to perform sts:{WebIdentity}"), duration, sessionName);
    }

    private void AddSession(XmlText result, SandboxIdentity role, TimeSpan duration, string sessionName)
    {
        var session = identities.AddSession(role, lifetime() ?? duration, sessionName);
        result.Open("AssumedRoleUser").Add("AssumedRoleId", session.UserId).Add("Arn", session.CallerArn).Close("AssumedRoleUser")
            .Open("Credentials").Add("AccessKeyId", session.AccessKeyId).Add("SecretAccessKey", session.SecretAccessKey)
            .Add("SessionToken", session.SessionToken).Add("Expiration", XmlText.Time(session.Expires!.Value)).Close("Credentials");
    }

    /// <summary>Spends the code, and returns the serial number of the device whose code it was.</summary>
    private string? CheckMfa(IReadOnlyDictionary<string, string> form)
    {
        var serial = form.GetValueOrDefault("SerialNumber");
        var code = form.GetValueOrDefault("TokenCode");
        if (serial is null && code is null)
        {
            return null;
        }
        if (serial is null || code is null)
        {
            throw AccessDenied("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.");
        }
        if (code.Length != 6 || !code.All(char.IsAsciiDigit))
        {
            throw Invalid($"1 validation error detected: Value '{code}' at 'tokenCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\d]*, with length 6");
        }
        var device = trust.FindDevice(serial) ?? throw AccessDenied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.");
        return device.TryUse(code)
            ? serial
            : throw AccessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code. ");
    }

    private static TimeSpan Duration(IReadOnlyDictionary<string, string> form)
    {
        if (form.GetValueOrDefault("DurationSeconds") is not { } text)
        {
            return TimeSpan.FromHours(1);
        }
        return int.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 900 and <= 43_200
            ? TimeSpan.FromSeconds(seconds)
            : throw Invalid($"1 validation error detected: Value '{text}' at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and 43200");
    }

    private static string SessionName(IReadOnlyDictionary<string, string> form)
    {
        var name = Required(form, "RoleSessionName");
        return SessionNamePattern().IsMatch(name)
            ? name
            : throw Invalid($"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*, with length between 2 and 64");
    }

    private static string Required(IReadOnlyDictionary<string, string> form, string name) =>
        form.GetValueOrDefault(name) is { Length: > 0 } value
            ? value
            : throw Invalid($"1 validation error detected: Value null at '{char.ToLowerInvariant(name[0])}{name[1..]}' failed to satisfy constraint: Member must not be null");

    private static string RequestId(Exchange exchange) => exchange.Response.Headers["x-amzn-RequestId"].ToString();

    private static AwsException AccessDenied(string message) => new(403, "AccessDenied", message);

    private static AwsException Invalid(string message) => new(400, "ValidationError", message);

    [GeneratedRegex(@"^[A-Za-z0-9_+=,.@-]{2,64}\z")]
    private static partial Regex SessionNamePattern();
}
