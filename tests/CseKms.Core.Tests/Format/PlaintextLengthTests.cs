using CseKms.Core.Format;
using Xunit;

namespace CseKms.Core.Tests.Format;

public class PlaintextLengthTests
{
    private const long Longest = (1L << 36) - 16;

    [Theory]
    [InlineData(16, 0)]
    [InlineData(17, 1)]
    [InlineData(Longest, Longest - 16)]
    public void It_is_what_is_stored_less_the_tag(long size, long length) => Assert.Equal(length, PlaintextLength.Of(size));

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(Longest + 1)]
    [InlineData(long.MaxValue)]
    public void A_length_that_no_object_of_the_format_has_is_invalid(long size)
    {
        var failure = Assert.Throws<CseException>(() => PlaintextLength.Of(size));

        Assert.Equal(ErrorId.EnvelopeInvalid, failure.ErrorId);
        Assert.Contains($"{size:N0}", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"16 to {Longest:N0}", failure.Message, StringComparison.Ordinal);
    }
}
