using System.Runtime.ExceptionServices;

namespace CseKms.Core.Transfer;

/// <summary>Tasks that succeed or end together: the first failure stops the others, and none outlives the group.</summary>
internal sealed class TaskGroup
{
    private readonly CancellationTokenSource _stop;
    private readonly List<Task> _tasks = [];

    private TaskGroup(CancellationTokenSource stop) => _stop = stop;

    /// <summary>Cancelled when the group is to end.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Runs <paramref name="body"/>, which starts the tasks, and waits for all of them.</summary>
    /// <exception cref="Exception">What failed first; the cancellations that follow from it are not told.</exception>
    public static async Task RunAsync(Func<TaskGroup, Task> body, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var group = new TaskGroup(stop);
        Exception failure;
        try
        {
            await body(group).ConfigureAwait(false);
            await Task.WhenAll(group._tasks).ConfigureAwait(false);
            return;
        }
        catch (Exception e)
        {
            failure = e;
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(group._tasks)
            .ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)
            .ConfigureAwait(false);
        if (failure is OperationCanceledException)
        {
            failure = group._tasks
                .Where(task => task.IsFaulted)
                .Select(task => task.Exception!.InnerException!)
                .FirstOrDefault(failure);
        }

        ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Starts a task of the group on the thread pool. Called from the body alone, one call after another.</summary>
    public void Start(Func<Task> work) => _tasks.Add(Task.Run(() => StopOthersOnFailureAsync(work)));

    private async Task StopOthersOnFailureAsync(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }
}
