using CseKms.Core.Content;
using Xunit;

namespace CseKms.Core.Tests.Content;

public class MemoryBudgetTests
{
    [Fact]
    public async Task Whoever_asks_first_is_served_first_even_when_less_would_do_for_the_next()
    {
        var budget = new MemoryBudget(100);
        var first = await budget.TakeAsync(60, CancellationToken.None);
        var large = budget.TakeAsync(60, CancellationToken.None).AsTask();
        var small = budget.TakeAsync(10, CancellationToken.None).AsTask();
        Assert.False(large.IsCompleted || small.IsCompleted);

        first.Dispose();

        using var second = await large;
        using var third = await small;
    }

    [Fact]
    public async Task A_wish_beyond_the_limit_gets_all_of_it()
    {
        var budget = new MemoryBudget(100);
        using (await budget.TakeAsync(1000, CancellationToken.None))
        {
            Assert.False(budget.TakeAsync(1, new CancellationToken(canceled: true)).AsTask().IsCompletedSuccessfully);
        }

        using var again = await budget.TakeAsync(100, CancellationToken.None);
    }

    [Fact]
    public async Task One_that_no_longer_waits_does_not_hold_up_the_next()
    {
        var budget = new MemoryBudget(100);
        using var first = await budget.TakeAsync(60, CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var large = budget.TakeAsync(60, stop.Token).AsTask();
        var small = budget.TakeAsync(40, CancellationToken.None).AsTask();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        using var second = await small;
    }

    [Fact]
    public async Task What_is_given_back_early_serves_others_and_is_not_given_back_twice()
    {
        var budget = new MemoryBudget(100);
        var first = await budget.TakeAsync(100, CancellationToken.None);
        first.Shrink(30);
        using (await budget.TakeAsync(70, CancellationToken.None))
        {
            first.Dispose();
            first.Dispose();
            using var second = await budget.TakeAsync(30, CancellationToken.None);
            Assert.False(budget.TakeAsync(1, CancellationToken.None).AsTask().IsCompleted);
        }
    }
}
