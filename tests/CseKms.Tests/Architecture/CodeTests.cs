using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Text;
using Mono.Cecil;
using Xunit;

namespace CseKms.Tests.Architecture;

/// <summary>Every rule here rests on the reader: it must see all that code can name.</summary>
public sealed class CodeTests
{
    private static readonly TypeDefinition Reading = Assemblies.Tests.GetType(typeof(CodeTests).FullName).NestedTypes.Single(type => type.Name == nameof(Sample));

    [Theory]
    [InlineData("a base's argument", "System.Uri")]
    [InlineData("an interface", "System.IDisposable")]
    [InlineData("a constraint", "System.ICloneable")]
    [InlineData("an attribute", "System.ComponentModel.TypeConverterAttribute")]
    [InlineData("an attribute's argument", "System.ComponentModel.GuidConverter")]
    [InlineData("an element of a field's array", "System.DayOfWeek")]
    [InlineData("a returned task's argument", "System.Version")]
    [InlineData("a parameter", "System.Guid")]
    [InlineData("what a lambda in an async method creates", "System.Text.StringBuilder")]
    [InlineData("a static member's type", "System.Globalization.CultureInfo")]
    [InlineData("a generic method's argument", "System.Half")]
    [InlineData("a caught exception", "System.Net.WebException")]
    public void The_reader_sees(string what, string type) => Assert.True(Reading.Uses().Any(used => used.FullName == type), what);

    [Fact]
    public void The_reader_sees_texts_and_imports()
    {
        Assert.Contains("a constant", Reading.Texts());
        Assert.Contains(" in an interpolation", Reading.Texts());
        Assert.Contains("System.Globalization", Reading.Imports());
    }

    [Fact]
    public void The_reader_sees_what_is_shown_and_nothing_else()
    {
        var shown = Reading.Shows().Select(type => type.FullName).ToArray();
        Assert.Contains("System.Uri", shown);
        Assert.Contains("System.ICloneable", shown);
        Assert.Contains("System.Version", shown);
        Assert.DoesNotContain("System.DayOfWeek", shown);
        Assert.DoesNotContain("System.Guid", shown);
    }

    private sealed class Sample : List<Uri>, IDisposable
    {
        private const string Constant = "a constant";
        private readonly DayOfWeek[] _days = [];

        [TypeConverter(typeof(GuidConverter))]
        public string? Name { get; set; }

        public void Dispose() => Name = $"{_days.Length} in an interpolation";

        public async Task<Version?> ReadAsync<T>(T value) where T : ICloneable
        {
            await Task.Yield();
            Func<string> text = () => new StringBuilder(Constant).Append(value).ToString();
            Add(new Uri(text(), UriKind.Relative));
            try
            {
                return Version.Parse(string.Format(CultureInfo.InvariantCulture, "{0}", Enumerable.Empty<Half>().Count()));
            }
            catch (WebException)
            {
                return null;
            }
        }

        private static bool Hide(Guid id) => id == default;
    }
}
