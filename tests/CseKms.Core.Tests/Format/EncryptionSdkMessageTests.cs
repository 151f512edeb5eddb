using CseKms.Core.Format;
using Xunit;

namespace CseKms.Core.Tests.Format;

public class EncryptionSdkMessageTests
{
    [Theory]
    [InlineData("01800014", true)]
    [InlineData("01800046ffff", true)]
    [InlineData("01800078", true)]
    [InlineData("01800114", true)]
    [InlineData("01800146", true)]
    [InlineData("01800178", true)]
    [InlineData("01800214", true)]
    [InlineData("01800346", true)]
    [InlineData("01800378aabb", true)]
    [InlineData("020478aa", true)]
    [InlineData("020578aa", true)]
    [InlineData("", false)]
    [InlineData("018003", false)]
    [InlineData("0205", false)]
    [InlineData("01810378", false)]
    [InlineData("01800478", false)]
    [InlineData("028003780000", false)]
    [InlineData("020378aa", false)]
    [InlineData("03800378", false)]
    [InlineData("00000000", false)]
    public void It_is_told_by_its_first_bytes(string bytes, bool isOne) =>
        Assert.Equal(isOne, EncryptionSdkMessage.IsOne(Convert.FromHexString(bytes)));
}
