using Xunit;

namespace CseKms.Tests.Cmdlets;

/// <summary>Names and values that users give as dictionaries, in whatever form they have them.</summary>
public sealed class PairsTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox);

    public static TheoryData<string> Forms => new(
        "@{ owner = 'Ann' }",
        "[ordered]@{ owner = 'Ann' }",
        "[pscustomobject]@{ owner = 'Ann' }",
        "$d = [Collections.Generic.Dictionary[string,string]]::new(); $d['owner'] = 'Ann'; $d",
        "$d = [Collections.Generic.SortedDictionary[string,object]]::new(); $d['owner'] = 'Ann'; $d",
        "$d = [Collections.SortedList]::new(); $d['owner'] = 'Ann'; $d",
        "$d = [Dynamic.ExpandoObject]::new(); $d.owner = 'Ann'; , $d",
        "[Collections.ObjectModel.ReadOnlyDictionary[string,string]]::new(($d = [Collections.Generic.Dictionary[string,string]]::new())); $d['owner'] = 'Ann'",
        "function Owned($owner) { $PSBoundParameters }; Owned Ann");

    [Theory]
    [MemberData(nameof(Forms))]
    public void Any_dictionary_is_taken(string form)
    {
        _session.Run($"$global:pairs = & {{ {form} }}").Good();
        _session.Run("Send-CseS3Object -Content x -Key a -Metadata $pairs -EncryptionContext $pairs @s3").Good();
        Assert.Equal("Ann", sandbox.Server.Objects.Metadata(_session.Bucket, "a")["owner"]);
        Assert.Equal("x", $"{_session.Run("Receive-CseS3Object -Key a -AsString -EncryptionContext @{ owner = 'Ann' } @s3").Good().Output.Single()}");
        Assert.Equal("x", $"{_session.Run("Set-CseSession -EncryptionContext $pairs; Receive-CseS3Object -Key a -AsString @s3").Good().Output.Single()}");
        _session.Run("Update-CseS3Object -Key a -NewEncryptionContext $pairs @s3").Good();
    }

    [Theory]
    [InlineData("@{ a = 'x', 'y' }", "several values")]
    [InlineData("@{ a = @{ b = 'c' } }", "several values")]
    [InlineData("@{ a = $null }", "no value")]
    [InlineData("@{ a = [pscustomobject]@{ b = 'c' } }", "no text")]
    [InlineData("& { $h = @{}; $h[1] = 'x'; $h['1'] = 'y'; $h }", "twice")]
    [InlineData("[pscustomobject]@{ a = $null }", "no value")]
    public void What_is_not_one_text_a_name_is_refused(string pairs, string problem)
    {
        string[] calls =
        [
            $"Send-CseS3Object -Content x -Key a -EncryptionContext ({pairs}) @s3",
            $"Send-CseS3Object -Content x -Key a -Metadata ({pairs}) @s3",
            $"Send-CseS3Object -Content x -Key a -HeaderCollection ({pairs}) @s3",
            $"Set-CseSession -EncryptionContext ({pairs})",
            $"Update-CseS3Object -Key a -NewEncryptionContext ({pairs}) @s3",
        ];
        Assert.All(calls, call =>
        {
            var error = _session.Ends(call);
            Assert.Equal("ParameterArgumentTransformationError", error.Id());
            Assert.Contains(problem, error.ToString());
        });
        Assert.Empty(_session.Keys);
    }

    [Theory]
    [InlineData("@{ a = 'x', 'y' }", "several values")]
    [InlineData("@{ Key = 'a'; Value = 'x', 'y' }", "several values")]
    [InlineData("@{ b = 'c' }, [pscustomobject]@{ Key = 'a'; Value = @() }", "several values")]
    [InlineData("@{ a = $null }", "no value")]
    public void A_tag_that_is_not_one_text_is_refused(string tags, string problem)
    {
        var error = _session.Ends($"Send-CseS3Object -Content x -Key a -TagSet ({tags}) @s3");
        Assert.Equal("ParameterArgumentValidationError", error.Id());
        Assert.Contains(problem, error.ToString());
    }

    [Theory]
    [InlineData("42", "42")]
    [InlineData("1.5", "1.5")]
    [InlineData("$true", "True")]
    [InlineData("[ConsoleColor]::Red", "Red")]
    [InlineData("''", "")]
    public void A_value_that_is_one_becomes_its_text(string value, string text)
    {
        _session.Run($"Send-CseS3Object -Content x -Key a -Metadata @{{ a = {value} }} @s3").Good();
        Assert.Equal(text, sandbox.Server.Objects.Metadata(_session.Bucket, "a")["a"]);
    }

    public void Dispose() => _session.Dispose();
}
