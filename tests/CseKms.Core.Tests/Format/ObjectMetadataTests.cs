using CseKms.Core.Format;
using Xunit;

namespace CseKms.Core.Tests.Format;

public class ObjectMetadataTests
{
    private static readonly Dictionary<string, string> Envelope = new() { ["x-amz-c"] = "115", ["x-amz-w"] = "12" };

    [Fact]
    public void An_envelope_stands_beside_the_callers_metadata()
    {
        var metadata = ObjectMetadata.Of(Envelope, Of("owner", "me"), withInstructionFile: false);

        Assert.Equal([new("owner", "me"), new("x-amz-c", "115"), new("x-amz-w", "12")], metadata.OnObject.OrderBy(pair => pair.Key));
        Assert.Empty(metadata.InInstructionFile);
    }

    [Fact]
    public void What_an_instruction_file_holds_is_not_on_the_object()
    {
        var metadata = ObjectMetadata.Of(Envelope, Of("owner", "me"), withInstructionFile: true);

        Assert.Equal([new("owner", "me"), new("x-amz-c", "115")], metadata.OnObject.OrderBy(pair => pair.Key));
        Assert.Equal([new("x-amz-w", "12")], metadata.InInstructionFile);
    }

    [Theory]
    [InlineData("x-amz-c")]
    [InlineData("X-Amz-anything")]
    public void Names_that_belong_to_S3_and_the_envelope_are_reserved(string name) =>
        AssertError(ErrorId.ReservedName, () => ObjectMetadata.EnsureFits(Of(name, "x"), 0), name);

    [Theory]
    [InlineData("name", "\u001F")]
    [InlineData("name", "\u007F")]
    [InlineData("name", "é")]
    [InlineData("né", "value")]
    public void What_headers_cannot_carry_is_refused(string name, string value) =>
        AssertError(ErrorId.MetadataNotAscii, () => ObjectMetadata.EnsureFits(Of(name, value), 0), name);

    [Theory]
    [InlineData("", "value")]
    [InlineData("Account Number", "value")]
    [InlineData("a:b", "value")]
    [InlineData("a(b)", "value")]
    [InlineData("name", "ABC ")]
    [InlineData("name", " ABC")]
    [InlineData("name", " ")]
    public void What_headers_do_not_carry_unchanged_is_refused(string name, string value) =>
        AssertError(ErrorId.MetadataInvalid, () => ObjectMetadata.EnsureFits(Of(name, value), 0), $"'{name}'");

    [Fact]
    public void All_printable_ASCII_is_taken() =>
        ObjectMetadata.EnsureFits(Of("!#$%&'*+-.^_`|~09azAZ", string.Concat(Enumerable.Range(' ', 95).Select(c => (char)c)).TrimStart() + " ."), 0);

    [Fact]
    public void All_that_S3_stores_is_taken_and_one_byte_more_is_not()
    {
        ObjectMetadata.EnsureFits(Of("name", new string('x', 2_000)), 44);
        AssertError(ErrorId.MetadataTooLarge, () => ObjectMetadata.EnsureFits(Of("name", new string('x', 2_000)), 45), $"{2_049:N0}");

        // Of the envelope's 19 bytes, 10 stay on the object.
        foreach (var (room, withInstructionFile) in new[] { (2_029, false), (2_038, true) })
        {
            ObjectMetadata.Of(Envelope, Of("name", new string('x', room - 4)), withInstructionFile);
            AssertError(
                ErrorId.MetadataTooLarge, () => ObjectMetadata.Of(Envelope, Of("name", new string('x', room - 3)), withInstructionFile), $"{2_049:N0}");
        }
    }

    private static Dictionary<string, string> Of(string name, string value) => new() { [name] = value };

    private static void AssertError(ErrorId expected, Action action, string word)
    {
        var failure = Assert.Throws<CseException>(action);

        Assert.Equal(expected, failure.ErrorId);
        Assert.Contains(word, failure.Message, StringComparison.Ordinal);
    }
}
