using System.Security.Cryptography;
using System.Text.Json.Nodes;
using CseKms.Sandbox.Http;
using CseKms.Sandbox.Kms;
using CseKms.Sandbox.S3;
using CseKms.Sandbox.SigV4;
using CseKms.Sandbox.Sso;
using CseKms.Sandbox.Sts;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace CseKms.Sandbox;

/// <summary>Takes each request from its arrival to its answer: log, faults, signature, service.</summary>
internal sealed class Dispatcher(
    S3Service s3, KmsService kms, StsService sts, SsoService sso, SignatureVerifier verifier, SandboxRequests requests,
    SandboxFaults faults, Func<TimeSpan> latency, Upstream? upstream, TimeProvider clock)
{
    private const int LargestSmallBody = 1024 * 1024;
    private const long MostDrained = 64 * 1024 * 1024;

    private static readonly string[] Secrets = ["Authorization", "Proxy-Authorization", "x-amz-security-token", "x-amz-sso_bearer_token"];

    public async Task HandleAsync(HttpContext context)
    {
        context.Response.Headers.Date = clock.GetUtcNow().ToString("R");
        context.Response.Headers["x-amz-request-id"] = S3Store.NewId(16).ToUpperInvariant();
        string? jsonTarget = context.Request.Headers["X-Amz-Target"];
        var raw = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var origin = RawTarget.Origin(raw);
        try
        {
            if (jsonTarget is not null)
            {
                await HandleKmsAsync(context, raw, jsonTarget);
            }
            else if (StsService.IsFor(context.Request, origin))
            {
                await HandleStsAsync(context, raw);
            }
            else if (SsoService.OperationOf(context.Request, origin) is { } operation)
            {
                await HandleSsoAsync(context, raw, operation);
            }
            else
            {
                await HandleS3Async(context, raw);
            }
        }
        catch (Exception e) when (e is ConnectionDroppedException or OperationCanceledException or ConnectionResetException
            or BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest })
        {
            context.Abort();
        }
    }

    private Task HandleS3Async(HttpContext context, string raw)
    {
        context.Response.Headers.Server = "AmazonS3";
        context.Response.Headers["x-amz-id-2"] = S3Store.NewId(40);
        RawTarget target;
        S3Address address;
        AwsException? unreadable = null;
        try
        {
            target = RawTarget.Parse(raw);
            address = S3Address.Of(context.Request, target);
        }
        catch (AwsException error)
        {
            target = RawTarget.Parse("/");
            address = new S3Address(S3Address.NotImplemented, null, null);
            unreadable = error;
        }
        var log = new SandboxRequest
        {
            Service = "s3",
            Operation = address.Operation,
            Method = context.Request.Method,
            RawTarget = raw,
            IsHttps = context.Request.IsHttps,
            Bucket = address.Bucket,
            Key = address.Key,
            UploadId = target["uploadId"],
            PartNumber = int.TryParse(target["partNumber"], out var part) ? part : null,
            Headers = LoggedHeaders(context.Request),
        };
        return RunAsync(context, target, log, S3Service.ReplyErrorAsync, async exchange =>
        {
            if (upstream is not null)
            {
                await OperateAsync(exchange, () => upstream.ForwardAsync(exchange, body: null));
                return;
            }
            if (unreadable is not null)
            {
                throw unreadable;
            }
            exchange.Signer = Authenticate(exchange, S3PayloadHash(exchange), S3Service.AuthErrors);
            log.Identity = exchange.Identity;
            await OperateAsync(exchange, () => s3.HandleAsync(exchange));
        });
    }

    private async Task HandleKmsAsync(HttpContext context, string raw, string jsonTarget)
    {
        context.Response.Headers["x-amzn-RequestId"] = Guid.NewGuid().ToString();
        var body = await ReadSmallBodyAsync(context);
        JsonObject? input = null;
        AwsException? unreadable = null;
        try
        {
            input = KmsService.ParseInput(body);
        }
        catch (AwsException error)
        {
            unreadable = error;
        }
        var log = new SandboxRequest
        {
            Service = "kms",
            Operation = jsonTarget.StartsWith(KmsService.TargetPrefix, StringComparison.Ordinal)
                ? jsonTarget[KmsService.TargetPrefix.Length..] : jsonTarget,
            Method = context.Request.Method,
            RawTarget = raw,
            IsHttps = context.Request.IsHttps,
            Key = (input?["KeyId"] ?? input?["SourceKeyId"] ?? input?["TargetKeyId"]) is JsonValue id && id.TryGetValue<string>(out var text) ? text : null,
            Headers = LoggedHeaders(context.Request),
        };
        await RunAsync(context, RawTarget.Parse(raw), log, KmsService.ReplyErrorAsync, async exchange =>
        {
            if (upstream is not null)
            {
                await OperateAsync(exchange, () => upstream.ForwardAsync(exchange, body));
                return;
            }
            exchange.Signer = Authenticate(exchange, HashOf(body), KmsService.AuthErrors);
            log.Identity = exchange.Identity;
            await OperateAsync(exchange, () => kms.HandleAsync(exchange, input ?? throw unreadable!));
        });
    }

    private async Task HandleStsAsync(HttpContext context, string raw)
    {
        context.Response.Headers["x-amzn-RequestId"] = Guid.NewGuid().ToString();
        var body = await ReadSmallBodyAsync(context);
        Dictionary<string, string> form = [];
        AwsException? unreadable = null;
        try
        {
            form = StsService.ParseForm(body);
        }
        catch (AwsException error)
        {
            unreadable = error;
        }
        var log = new SandboxRequest
        {
            Service = "sts",
            Operation = form.GetValueOrDefault("Action", ""),
            Method = context.Request.Method,
            RawTarget = raw,
            IsHttps = context.Request.IsHttps,
            Key = form.GetValueOrDefault("RoleArn"),
            Form = form,
            Headers = LoggedHeaders(context.Request),
        };
        await RunAsync(context, RawTarget.Parse(raw), log, StsService.ReplyErrorAsync, async exchange =>
        {
            if (StsService.IsSigned(log.Operation))
            {
                exchange.Signer = Authenticate(exchange, HashOf(body), StsService.AuthErrors);
                log.Identity = exchange.Identity;
            }
            await OperateAsync(exchange, () => sts.HandleAsync(exchange, unreadable is null ? form : throw unreadable));
        });
    }

    private async Task HandleSsoAsync(HttpContext context, string raw, string operation)
    {
        context.Response.Headers["x-amzn-RequestId"] = Guid.NewGuid().ToString();
        var body = await ReadSmallBodyAsync(context);
        var log = new SandboxRequest
        {
            Service = SsoService.ServiceOf(operation),
            Operation = operation,
            Method = context.Request.Method,
            RawTarget = raw,
            IsHttps = context.Request.IsHttps,
            Headers = LoggedHeaders(context.Request),
        };
        await RunAsync(
            context, RawTarget.Parse(raw), log, SsoService.ReplyErrorAsync,
            exchange => OperateAsync(exchange, () => sso.HandleAsync(exchange, KmsService.ParseInput(body))));
    }

    private async Task RunAsync(
        HttpContext context, RawTarget target, SandboxRequest log, Func<Exchange, AwsException, Task> replyError,
        Func<Exchange, Task> operate)
    {
        requests.Add(log);
        try
        {
            var exchange = new Exchange(context, target, log, faults.PlanFor(log));
            if (latency() is var wait && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, exchange.Aborted);
            }
            await exchange.Plan.ArriveAsync(context);
            try
            {
                await operate(exchange);
            }
            catch (AwsException error)
            {
                await FailAsync(exchange, error, replyError);
            }
            catch (Exception e) when (e is FormatException or InvalidOperationException or IOException or KeyNotFoundException
                && !context.Response.HasStarted && !exchange.Aborted.IsCancellationRequested && e is not BadHttpRequestException)
            {
                // A fault of the sandbox's own: said aloud, for whoever reads the test's output.
                await FailAsync(exchange, new AwsException(500, "InternalError", $"The sandbox failed: {e}"), replyError);
            }
        }
        finally
        {
            log.Status ??= 0;
            requests.End();
        }
    }

    /// <summary>Does what was asked, or what a fault puts in its place.</summary>
    private static async Task OperateAsync(Exchange exchange, Func<Task> operation)
    {
        if (exchange.Plan.Error(exchange.Log) is { } error)
        {
            throw error;
        }
        if (exchange.Plan.Instead is { } answer)
        {
            await DrainAsync(exchange);
            await exchange.ReplyAsync(200, answer.ContentType, answer.Body);
            return;
        }
        exchange.Plan.EditRequest(exchange);
        await operation();
    }

    private static async Task FailAsync(Exchange exchange, AwsException error, Func<Exchange, AwsException, Task> replyError)
    {
        await exchange.BeforeReplyAsync();
        await DrainAsync(exchange);
        await replyError(exchange, error);
    }

    /// <summary>
    /// Reads what the client still sends, so that it gets to the answer instead of a broken pipe. A client that waits
    /// for 100-continue sends nothing.
    /// </summary>
    private static async Task DrainAsync(Exchange exchange)
    {
        if (exchange.Request.Headers.Expect.Count > 0 || exchange.Request.ContentLength > MostDrained)
        {
            return;
        }
        var buffer = new byte[64 * 1024];
        while (await exchange.Request.Body.ReadAsync(buffer, exchange.Aborted) > 0)
        {
        }
    }

    private Signer Authenticate(Exchange exchange, string payloadHash, AuthErrors errors)
    {
        Credential? credential;
        try
        {
            credential = Credential.Read(exchange.Request, exchange.Target);
        }
        catch (FormatException e)
        {
            throw errors.Malformed(e.Message);
        }
        return verifier.Verify(exchange.Request, exchange.Target, credential ?? throw errors.Missing(), payloadHash, errors);
    }

    private static string HashOf(byte[] body) => Convert.ToHexStringLower(SHA256.HashData(body));

    private static string S3PayloadHash(Exchange exchange)
    {
        var hash = exchange.Header("x-amz-content-sha256") ?? exchange.Target["X-Amz-Content-Sha256"];
        if (hash is null)
        {
            return exchange.Target.Has("X-Amz-Algorithm") || exchange.Header("Authorization") is null
                ? PayloadKind.Unsigned
                : throw S3Errors.InvalidRequest("Missing required header for this request: x-amz-content-sha256");
        }
        return new PayloadKind(hash).IsKnown
            ? hash
            : throw S3Errors.InvalidArgument("x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.", "x-amz-content-sha256", hash);
    }

    private static async Task<byte[]> ReadSmallBodyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0 && body.Length < LargestSmallBody)
        {
            body.Write(buffer, 0, count);
        }
        return body.ToArray();
    }

    private static Dictionary<string, string> LoggedHeaders(HttpRequest request)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in request.Headers)
        {
            if (!Secrets.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                headers[name] = value.ToString();
            }
        }
        return headers;
    }
}
