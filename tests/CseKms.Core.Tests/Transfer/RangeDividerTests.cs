using CseKms.Core.Content;
using CseKms.Core.Transfer;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

public sealed class RangeDividerTests
{
    private const long PartSize = Part.Size;

    [Theory]
    [InlineData(0, 1, 16)]
    [InlineData(PartSize, PartSize + 1, 16)]
    [InlineData(PartSize, 2 * PartSize, 16)]
    [InlineData(PartSize, (5 * PartSize) + 7, 3)]
    [InlineData(PartSize, 1L << 30, 16)]
    [InlineData(PartSize, 1L << 30, 1)]
    [InlineData(16, 60L << 30, 16)]
    public void All_is_divided_into_ranges_that_grow_shorter(long start, long end, int maxWorkers)
    {
        var divider = new RangeDivider(start, end, maxWorkers);
        Assert.InRange(divider.Workers, 1, maxWorkers);
        var (next, before) = (start, long.MaxValue);
        while (divider.TryTake(out var from, out var to))
        {
            Assert.Equal(next, from);
            Assert.InRange(to - from, 1, Math.Min(before, RangeDivider.Longest));
            Assert.True(to == end || (to - from) % PartSize == 0);

            // No worker is left with more than its share when the others have nothing to do any more.
            Assert.InRange(to - from, 1, Math.Max(PartSize, (end - from) / divider.Workers));
            (next, before) = (to, to - from);
        }

        Assert.Equal(end, next);
        Assert.False(divider.TryTake(out _, out _));
    }

    [Fact]
    public void A_large_object_takes_few_ranges()
    {
        var divider = new RangeDivider(PartSize, 8L << 30, 16);
        var count = 0;
        while (divider.TryTake(out _, out _))
        {
            count++;
        }

        Assert.InRange(count, 16, (8L << 30) / PartSize / 4);
    }

    [Fact]
    public void There_is_one_range_when_only_the_tag_is_left()
    {
        var divider = new RangeDivider(PartSize, PartSize, 16);
        Assert.Equal(1, divider.Workers);
        Assert.True(divider.TryTake(out var start, out var end));
        Assert.Equal((PartSize, PartSize), (start, end));
        Assert.False(divider.TryTake(out _, out _));
    }
}
