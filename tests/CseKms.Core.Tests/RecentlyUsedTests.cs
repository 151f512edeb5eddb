using Xunit;

namespace CseKms.Core.Tests;

public class RecentlyUsedTests
{
    [Fact]
    public void What_was_not_asked_for_the_longest_falls_out_first()
    {
        var values = new RecentlyUsed<string, object>(2);
        var (a, b) = (values.GetOrAdd("a", _ => new()), values.GetOrAdd("b", _ => new()));
        Assert.Same(a, values.GetOrAdd("a", _ => new()));

        values.GetOrAdd("c", _ => new());

        Assert.Equal(["c", "a"], values.Snapshot().Select(entry => entry.Key));
        Assert.Same(a, values.GetOrAdd("a", _ => new()));
        Assert.NotSame(b, values.GetOrAdd("b", _ => new()));
    }

    [Fact]
    public void What_fell_out_is_held_by_nobody()
    {
        var values = new RecentlyUsed<int, object>(1);
        var first = Make();
        values.GetOrAdd(2, _ => new());

        GC.Collect();

        Assert.False(first.IsAlive);

        WeakReference Make() => new(values.GetOrAdd(1, _ => new()));
    }

    [Fact]
    public async Task Each_is_made_once_also_when_many_ask_at_once()
    {
        var values = new RecentlyUsed<int, int>(4);
        var made = 0;
        using var start = new Barrier(8);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                return values.GetOrAdd(1, _ => Interlocked.Increment(ref made));
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        Assert.Equal(1, made);
    }

    [Fact]
    public void What_could_not_be_made_is_made_again()
    {
        var values = new RecentlyUsed<int, int>(1);
        Assert.Throws<InvalidDataException>(() => values.GetOrAdd(1, _ => throw new InvalidDataException()));

        Assert.Equal(7, values.GetOrAdd(1, _ => 7));
        Assert.True(values.TryGet(1, out var there));
        Assert.Equal(7, there);
    }

    [Fact]
    public void What_is_removed_is_gone()
    {
        var values = new RecentlyUsed<int, int>(3);
        values.GetOrAdd(1, key => key);
        values.GetOrAdd(2, key => key);
        values.Remove(1);
        Assert.False(values.TryGet(1, out _));

        values.Clear();

        Assert.Empty(values.Snapshot());
    }
}
