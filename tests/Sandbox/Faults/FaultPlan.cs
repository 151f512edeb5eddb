using System.Text;
using Microsoft.AspNetCore.Connections.Features;

namespace CseKms.Sandbox;

/// <summary>What the faults that struck a request ask for, at each step of its way.</summary>
internal sealed class FaultPlan(IReadOnlyList<Fault> faults)
{
    public static readonly FaultPlan None = new([]);

    public bool EditsText => faults.Any(f => f.Action.EditText is not null);

    public AwsException? Error(SandboxRequest request) =>
        faults.Select(f => f.Action.Error).FirstOrDefault(error => error is not null)?.Invoke(request);

    public (string ContentType, string Body)? Instead => faults.FirstOrDefault(f => f.Action.Instead is not null)?.Action.Instead;

    /// <summary>Before anything is read or done.</summary>
    public async Task ArriveAsync(HttpContext context)
    {
        foreach (var fault in faults)
        {
            var action = fault.Action;
            if (action.DelayBy > TimeSpan.Zero)
            {
                await Task.Delay(action.DelayBy, context.RequestAborted);
            }
            if (action.HoldBefore)
            {
                await fault.BlockAsync(context.RequestAborted);
            }
            if (action.ResetBefore)
            {
                context.Features.Get<IConnectionSocketFeature>()!.Socket.LingerState = new(enable: true, seconds: 0);
            }
            if (action.DropBefore || action.ResetBefore)
            {
                throw new ConnectionDroppedException();
            }
            if (action.UploadPace is not null || action.StallUploadAfter is not null || action.CutUploadAfter is not null)
            {
                context.Request.Body = new FaultyUpload(context.Request.Body, fault);
            }
        }
    }

    /// <summary>When the signature, which covers headers, was found right.</summary>
    public void EditRequest(Exchange exchange)
    {
        foreach (var fault in faults)
        {
            fault.Action.EditRequest?.Invoke(exchange);
        }
    }

    /// <summary>When all was done, before the answer begins.</summary>
    public async Task ReplyAsync(HttpResponse response)
    {
        foreach (var fault in faults.Where(f => f.Action.HoldAfter))
        {
            await fault.BlockAsync(response.HttpContext.RequestAborted);
        }
        if (faults.Any(f => f.Action.DropAfter))
        {
            throw new ConnectionDroppedException();
        }
    }

    public void EditHeaders(HttpResponse response)
    {
        foreach (var fault in faults)
        {
            fault.Action.EditHeaders?.Invoke(response.Headers);
        }
    }

    public byte[] EditText(byte[] body) => EditsText
        ? Encoding.UTF8.GetBytes(faults.Aggregate(Encoding.UTF8.GetString(body), (text, fault) => fault.Action.EditText?.Invoke(text) ?? text))
        : body;

    /// <summary>The answer's body as the faults let it through; null when none touches it.</summary>
    public FaultyBody? Body(HttpResponse response, SandboxRequest log) =>
        faults.Any(f => f.Action.CutAfter is not null || f.Action.StallAfter is not null || f.Action.FlipAt is not null || f.Action.BodyPace is not null)
            ? new FaultyBody(response, log, faults)
            : null;
}
