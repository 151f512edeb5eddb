namespace CseKms.Faults;

/// <summary>Nobody listens: connections are refused from some moment on, until it is disposed or its time is over.</summary>
internal sealed class Outage : IDisposable
{
    private readonly Backend _backend;
    private readonly CancellationTokenSource _over = new();
    private readonly Task _running;

    /// <param name="backend">Whose; no other case may run there.</param>
    /// <param name="start">When it begins.</param>
    /// <param name="time">How long it lasts.</param>
    public Outage(Backend backend, Task start, TimeSpan time)
    {
        _backend = backend;
        _running = RunAsync(start, time);
    }

    public void Dispose()
    {
        _over.Cancel();
        _running.GetAwaiter().GetResult();
        _over.Dispose();
    }

    private async Task RunAsync(Task start, TimeSpan time)
    {
        try
        {
            await start.WaitAsync(_over.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await _backend.Sandbox.RefuseConnectionsAsync();
        await Task.Delay(time, _over.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        await _backend.Sandbox.AcceptConnectionsAsync();
    }
}
