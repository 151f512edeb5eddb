using CseKms.Core.Content;
using Xunit;

namespace CseKms.Core.Tests.Content;

public class PipelineMemoryTests
{
    private const int Limit = 100;

    private readonly PipelineMemory _memory = new(Limit);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_does_not_fit_beside_earlier_ones_waits_for_them_and_nobody_overtakes_it()
    {
        var (first, second, third) = (Reserve(60), Reserve(60), Reserve(10));
        await first.EnterAsync();
        Assert.False(second.EnterAsync().IsCompleted);
        Assert.False(third.EnterAsync().IsCompleted);

        first.Dispose();

        await second.EnterAsync();
        await third.EnterAsync();
    }

    [Fact]
    public async Task What_is_larger_than_all_the_memory_goes_alone()
    {
        var (first, large, third) = (Reserve(1), Reserve(Limit * 5), Reserve(1));
        await first.EnterAsync();
        first.Dispose();
        await large.EnterAsync();
        Assert.False(third.EnterAsync().IsCompleted);

        large.Dispose();

        await third.EnterAsync();
    }

    [Fact]
    public async Task Text_takes_its_characters_beside_the_bytes_until_these_are_gone()
    {
        var (text, next) = (Reserve(30, isText: true), Reserve(40));
        await text.EnterAsync();
        Assert.False(next.EnterAsync().IsCompleted);

        text.BecameText(new string('x', 30));

        await next.EnterAsync();
    }

    [Fact]
    public async Task What_is_shorter_than_was_expected_gives_the_rest_back()
    {
        var (first, next) = (Reserve(90), Reserve(80));
        await first.EnterAsync();
        Assert.True(first.Holds(20));

        first.Settle(20);

        await next.EnterAsync();
    }

    [Fact]
    public async Task What_is_longer_than_was_expected_waits_for_all_before_it_and_for_nobody_behind_it()
    {
        var (first, longer, later) = (Reserve(10), Reserve(10), Reserve(80));
        await Task.WhenAll(first.EnterAsync(), longer.EnterAsync(), later.EnterAsync());
        Assert.False(longer.Holds(70));
        var growing = longer.GrowAsync(70);
        Assert.False(growing.IsCompleted);

        first.Dispose();

        await growing.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
        Assert.True(longer.Holds(70));
        var last = Reserve(40);
        later.Dispose();
        Assert.False(last.EnterAsync().IsCompleted);
        longer.Dispose();
        await last.EnterAsync();
    }

    [Fact]
    public async Task What_is_given_up_before_its_memory_came_keeps_nobody_waiting()
    {
        var (first, givenUp, next) = (Reserve(60), Reserve(60), Reserve(Limit));
        await first.EnterAsync();
        givenUp.Dispose();
        Assert.False(next.EnterAsync().IsCompleted);

        first.Dispose();

        await next.EnterAsync().WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
    }

    [Fact]
    public async Task Every_wait_ends_with_the_call()
    {
        using var stop = new CancellationTokenSource();
        var (first, second) = (_memory.Reserve(Limit, isText: false, stop.Token), _memory.Reserve(1, isText: false, stop.Token));
        await first.EnterAsync();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(second.EnterAsync);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.GrowAsync(2));
    }

    private PipelineRoom Reserve(long length, bool isText = false) => _memory.Reserve(length, isText, Cancellation);
}
