namespace CseKms.Sandbox.S3;

/// <summary>Writes an answer's body, with the faults that strike it: cut short, stalled, or one byte flipped.</summary>
internal sealed class FaultyBody(Exchange exchange, long length)
{
    private readonly FaultPlan _plan = exchange.Plan;
    private long _position;
    private bool _stalled;

    /// <summary>False when the body ends here, short of its announced length; Kestrel then closes the connection.</summary>
    public async ValueTask<bool> WriteAsync(Memory<byte> data)
    {
        if (!_plan.TouchesBody)
        {
            await SendAsync(data);
            return true;
        }
        if (_plan.FlipAt is { } flip && (flip < 0 ? flip + length : flip) - _position is var at && at >= 0 && at < data.Length)
        {
            data.Span[(int)at] ^= 1;
        }
        if (_plan.Stall is { } stall && !_stalled && stall.StallAfter!.Value - _position is var before && before < data.Length)
        {
            _stalled = true;
            await SendAsync(data[..(int)before]);
            await exchange.Response.Body.FlushAsync(exchange.Aborted);
            await stall.BlockAsync(exchange.Aborted);
            data = data[(int)before..];
        }
        if (_plan.CutAfter is { } cut && cut - _position is var left && left <= data.Length)
        {
            await SendAsync(data[..(int)left]);
            await exchange.Response.Body.FlushAsync(exchange.Aborted);
            return false;
        }
        await SendAsync(data);
        return true;
    }

    private async ValueTask SendAsync(Memory<byte> data)
    {
        await exchange.Response.Body.WriteAsync(data, exchange.Aborted);
        _position += data.Length;
        exchange.Log.BytesSent += data.Length;
    }
}
