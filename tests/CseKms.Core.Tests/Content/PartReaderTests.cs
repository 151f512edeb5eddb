using CseKms.Core.Content;
using Xunit;

namespace CseKms.Core.Tests.Content;

public class PartReaderTests
{
    public static TheoryData<int, int[]> Sizes => new()
    {
        { 0, [0] },
        { 1, [1] },
        { Part.Size - 1, [Part.Size - 1] },
        { Part.Size, [Part.Size] },
        { Part.Size + 1, [Part.Size, 1] },
        { (2 * Part.Size) - 1, [Part.Size, Part.Size - 1] },
        { 2 * Part.Size, [Part.Size, Part.Size] },
        { (2 * Part.Size) + 1, [Part.Size, Part.Size, 1] },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task A_source_that_ends_exactly_on_a_part_has_no_empty_one_behind_it(int size, int[] lengths)
    {
        var content = TestContent.Of(size);
        using var source = UploadSource.FromStream(new MemoryStream(content)).Open();
        var reader = new PartReader(source);
        var budget = new MemoryBudget(Part.BufferSize);
        for (var i = 0; i < lengths.Length; i++)
        {
            using var part = await reader.ReadAsync(await RentAsync(budget), TestContext.Current.CancellationToken);

            Assert.Equal((i + 1, lengths[i], i == lengths.Length - 1), (part.Number, part.ContentLength, part.IsLast));
            Assert.Equal(content.AsSpan((int)part.Offset, part.ContentLength), part.Content);
            if (!part.IsLast)
            {
                // The byte that was read ahead is plaintext, and what is sent of the buffer is taken for ciphertext.
                Assert.Equal(0, part.Tag[0]);
            }
        }

        Assert.Equal(size, reader.Length);
    }

    [Fact]
    public async Task A_buffer_whose_filling_fails_is_given_back()
    {
        var budget = new MemoryBudget(Part.BufferSize);
        var closed = new MemoryStream();
        await closed.DisposeAsync();
        using var source = UploadSource.FromStream(closed).Open();

        var buffer = await RentAsync(budget);
        var failure = await Assert.ThrowsAsync<CseException>(
            async () => await new PartReader(source).ReadAsync(buffer, TestContext.Current.CancellationToken));

        Assert.Equal(ErrorId.SourceUnreadable, failure.ErrorId);
        Assert.True(budget.TakeAsync(Part.BufferSize, TestContext.Current.CancellationToken).AsTask().IsCompletedSuccessfully);
    }

    private static async Task<TransferBuffer> RentAsync(MemoryBudget budget) =>
        new(await budget.TakeAsync(Part.BufferSize, TestContext.Current.CancellationToken), Part.BufferSize);
}
