using System.Text;
using CseKms.Sandbox.Http;
using CseKms.Sandbox.SigV4;
using Microsoft.AspNetCore.Http;

namespace CseKms.Sandbox;

/// <summary>One request under way: what was asked, by whom, and which faults strike it.</summary>
internal sealed class Exchange(HttpContext context, RawTarget target, SandboxRequest log, FaultPlan plan)
{
    public HttpContext Context => context;

    public HttpRequest Request => context.Request;

    public HttpResponse Response => context.Response;

    public RawTarget Target => target;

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

    /// <summary>
    /// Ends what happened before the reply: here the faults strike that lose or hold it.
    /// </summary>
    public async Task BeforeReplyAsync()
    {
        await plan.AfterAsync(Aborted);
        if (plan.DropAfter)
        {
            throw new ConnectionDroppedException();
        }
    }

    public async Task ReplyAsync(int status, string? contentType = null, byte[]? body = null)
    {
        await BeforeReplyAsync();
        Response.StatusCode = status;
        log.Status = status;
        if (body is null)
        {
            if (status is not 204 and not 304)
            {
                Response.ContentLength = 0;
            }
            return;
        }
        Response.ContentType = contentType;
        Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(Request.Method))
        {
            await Response.Body.WriteAsync(body, Aborted);
            log.BytesSent += body.Length;
        }
    }

    public Task ReplyAsync(int status, string contentType, string body) => ReplyAsync(status, contentType, Encoding.UTF8.GetBytes(body));
}

/// <summary>Thrown to close the connection without a reply.</summary>
internal sealed class ConnectionDroppedException : Exception;
