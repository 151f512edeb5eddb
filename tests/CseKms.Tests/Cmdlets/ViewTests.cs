using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace CseKms.Tests.Cmdlets;

public sealed class ViewTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox);

    [Fact]
    public void Transfers_are_shown_as_a_way()
    {
        _session.Write("dir_1/file_1");
        var path = Path.Combine("dir_1", "file_1");
        Assert.Equal(
            $"""

            PlaintextSize Transfer
            ------------- --------
                     12 B {path} → {_session.Bucket}/test1/dir_1/file_1


            """.ReplaceLineEndings("\n"),
            Trimmed(_session.Show("Get-ChildItem dir_1 | Send-CseS3Object -KeyPrefix test1 @s3")));
        Assert.Equal(
            $"""

            PlaintextSize Transfer
            ------------- --------
                     12 B {_session.Bucket}/test1/dir_1/file_1 → {Path.Combine("dst", "dir_1", "file_1")}


            """.ReplaceLineEndings("\n"),
            Trimmed(_session.Show("Receive-CseS3Object -KeyPrefix test1 -Destination dst @s3")));
        Assert.Contains($"3 B (content) → {_session.Bucket}/text", _session.Show("Send-CseS3Object -Content abc -Key text @s3"));
    }

    [Fact]
    public void Listings_are_shown_as_a_table()
    {
        _session.Run("Send-CseS3Object -Content abc -Key test1/a @s3").Good();
        var lines = _session.Show("Get-CseS3Object $bucket").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd()).ToArray();
        Assert.Equal("LastModified                 Size Key", lines[0]);
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d          19 B test1/a$", lines[2]);
        lines = [.. _session.Show("Get-CseS3Object $bucket -Envelope").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd())];
        Assert.Equal("LastModified                 Size PlaintextSize Format Key", lines[0]);
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d          19 B           3 B V3     test1/a$", lines[2]);
        Assert.Equal(3, lines.Length);
    }

    [Fact]
    public void Every_column_is_a_property()
    {
        var columns =
            from view in XDocument.Load(BuiltModule.File("CseKms.Format.ps1xml")).Descendants("View")
            where view.Element("TableControl") is not null
            from type in view.Descendants("TypeName")
            from label in view.Descendants("Label")
            select $"if (-not [{type.Value.Split('#')[0]}].GetProperty('{label.Value}')) {{ '{type.Value} has no {label.Value}' }}";
        Assert.True(columns.Count() > 30);
        Assert.Empty(_session.Run(string.Join('\n', columns)).Good().Output);
    }

    [Theory]
    [InlineData("Get-CseS3Object $bucket -Envelope", "Format", "V3")]
    [InlineData("Receive-CseS3Object -Key a -Destination d -Force @s3", "Transfer", "bucket")]
    public void Columns_and_views_last_through_jobs_and_files(string script, string property, string value)
    {
        const string Copied = "ForEach-Object { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($_)) }";
        _session.Run("Send-CseS3Object -Content abc -Key a @s3").Good();
        Assert.StartsWith(value, Assert.Single(_session.Run($"{script} | {Copied}").Good().All(property)));
        var shown = _session.Show($"{script} | {Copied}");
        Assert.Matches($@"PlaintextSize.*\b{property}\b", shown);
        Assert.Contains("3 B", shown);
    }

    [Fact]
    public void An_envelope_is_shown_as_a_list()
    {
        _session.Run("Send-CseS3Object -Content abc -Key a -EncryptionContext @{ dept = 'hr' } -Metadata @{ owner = 'Ann' } @s3").Good();
        var shown = _session.Show("(Get-CseS3Object $bucket -Key a -Envelope).Envelope");
        Assert.Matches(new Regex("^Format +: V3 *$", RegexOptions.Multiline), shown);
        Assert.Matches(new Regex("^IsCommitting +: True *$", RegexOptions.Multiline), shown);
        Assert.Contains("dept = hr", shown);
        Assert.Contains("owner = Ann", shown);
    }

    [Fact]
    public void A_session_is_shown_without_what_was_not_set()
    {
        _session.Run("Set-CseSession @s3; Send-CseS3Object -Content abc -Key a").Good();
        var shown = _session.Show("Get-CseSession");
        Assert.Matches(new Regex($"^BucketName +: {_session.Bucket} *$", RegexOptions.Multiline), shown);
        Assert.Contains(sandbox.KmsKeyArn, shown);
        Assert.Contains("1 sent (3 bytes), 0 received (0 bytes)", shown);
        Assert.Contains("datakeysmade1,unwrapped0", Regex.Replace(shown, @"\s+", ""));
        Assert.DoesNotContain("ProfileName", shown);
    }

    public void Dispose() => _session.Dispose();

    private static string Trimmed(string text) => Regex.Replace(text, " +$", "", RegexOptions.Multiline);
}
