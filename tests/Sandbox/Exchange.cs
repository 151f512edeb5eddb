using System.Text;
using CseKms.Sandbox.Http;
using CseKms.Sandbox.SigV4;

namespace CseKms.Sandbox;

/// <summary>One request under way: what was asked, by whom, and which faults strike it.</summary>
internal sealed class Exchange(HttpContext context, RawTarget target, SandboxRequest log, FaultPlan plan)
{
    public HttpContext Context => context;

    public HttpRequest Request => context.Request;

    public HttpResponse Response => context.Response;

    public RawTarget Target { get; set; } = target;

    public SandboxRequest Log => log;

    public FaultPlan Plan => plan;

    public CancellationToken Aborted => context.RequestAborted;

    /// <summary>Set as soon as the signature was found right, and never where none is needed.</summary>
    public Signer Signer { get; set; } = null!;

    public SandboxIdentity Identity => Signer.Identity;

    public string Region => Signer.Credential.Region;

    public string? Header(string name)
    {
        var values = context.Request.Headers[name];
        return values.Count == 0 ? null : values.ToString();
    }

    /// <summary>Ends what happened before the reply: here the faults strike that lose or hold it.</summary>
    public Task BeforeReplyAsync() => plan.ReplyAsync(Response);

    /// <summary>Replies when all was done.</summary>
    public async Task ReplyAsync(int status, string? contentType = null, byte[]? body = null)
    {
        await BeforeReplyAsync();
        await SendAsync(status, contentType, body);
    }

    public Task ReplyAsync(int status, string contentType, string body) => ReplyAsync(status, contentType, Encoding.UTF8.GetBytes(body));

    /// <summary>Sends the whole answer.</summary>
    public async Task SendAsync(int status, string? contentType, byte[]? body)
    {
        if (body is not null)
        {
            Response.ContentType = contentType;
            body = plan.EditText(body);
        }
        long? length = body is not null ? body.Length : status is 204 or 304 ? null : 0;
        await SendAsync(status, length, send => body is { Length: > 0 } ? send(body).AsTask() : Task.CompletedTask);
    }

    /// <summary>Sends the head of the answer and lets its body, unless the request is a HEAD, be written by pieces.</summary>
    /// <param name="status">The status.</param>
    /// <param name="length">The length of the body; null where there is none to tell.</param>
    /// <param name="write">Writes the body until it is told false, which means that the answer ends short of its length.</param>
    public async Task SendAsync(int status, long? length, Func<Func<Memory<byte>, ValueTask<bool>>, Task> write)
    {
        Response.StatusCode = status;
        Response.ContentLength = length;
        plan.EditHeaders(Response);
        log.Status = status;
        if (HttpMethods.IsHead(Request.Method))
        {
            return;
        }
        var body = plan.Body(Response, log);
        await write(async data =>
        {
            if (body is not null)
            {
                return await body.WriteAsync(data);
            }
            await Response.Body.WriteAsync(data, Aborted);
            log.BytesSent += data.Length;
            return true;
        });
    }
}

/// <summary>Thrown to close the connection without a reply.</summary>
internal sealed class ConnectionDroppedException : Exception;
