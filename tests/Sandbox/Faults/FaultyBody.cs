namespace CseKms.Sandbox;

/// <summary>Writes an answer's body, with the faults that strike it: cut short, stalled, slow, or one byte flipped.</summary>
internal sealed class FaultyBody(HttpResponse response, SandboxRequest log, IReadOnlyList<Fault> faults)
{
    private readonly long? _cut = faults.FirstOrDefault(f => f.Action.CutAfter is not null)?.Action.CutAfter;
    private readonly long? _flip = faults.FirstOrDefault(f => f.Action.FlipAt is not null)?.Action.FlipAt;
    private readonly Pace? _pace = faults.FirstOrDefault(f => f.Action.BodyPace is not null)?.Action.BodyPace;
    private Fault? _stall = faults.FirstOrDefault(f => f.Action.StallAfter is not null);

    /// <summary>False when the body ends here, short of its announced length; Kestrel then closes the connection.</summary>
    public async ValueTask<bool> WriteAsync(Memory<byte> data)
    {
        var aborted = response.HttpContext.RequestAborted;
        if (_flip is { } flip && (flip < 0 ? flip + response.ContentLength : flip) - log.BytesSent is { } at && at >= 0 && at < data.Length)
        {
            data.Span[(int)at] ^= 1;
        }
        if (_stall is { } stall && stall.Action.StallAfter!.Value - log.BytesSent is var before && before < data.Length)
        {
            _stall = null;
            await SendAsync(data[..(int)before], aborted);
            await response.Body.FlushAsync(aborted);
            await stall.BlockAsync(aborted);
            data = data[(int)before..];
        }
        if (_cut is { } cut && cut - log.BytesSent is var left && left <= data.Length)
        {
            await SendAsync(data[..(int)left], aborted);
            await response.Body.FlushAsync(aborted);
            return false;
        }
        await SendAsync(data, aborted);
        return true;
    }

    private async ValueTask SendAsync(Memory<byte> data, CancellationToken aborted)
    {
        while (_pace is not null && data.Length > 0)
        {
            var piece = data[..Math.Min(data.Length, _pace.Piece)];
            await _pace.CarryAsync(piece.Length, aborted);
            await response.Body.WriteAsync(piece, aborted);
            await response.Body.FlushAsync(aborted);
            log.BytesSent += piece.Length;
            data = data[piece.Length..];
        }
        await response.Body.WriteAsync(data, aborted);
        log.BytesSent += data.Length;
    }
}
