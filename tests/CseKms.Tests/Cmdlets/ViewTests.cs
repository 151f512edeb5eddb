using System.Text.RegularExpressions;
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
                       12 {path} → {_session.Bucket}/test1/dir_1/file_1


            """.ReplaceLineEndings("\n"),
            Trimmed(_session.Show("Get-ChildItem dir_1 | Send-CseS3Object -KeyPrefix test1 @s3")));
        Assert.Equal(
            $"""

            PlaintextSize Transfer
            ------------- --------
                       12 {_session.Bucket}/test1/dir_1/file_1 → {Path.Combine("dst", "dir_1", "file_1")}


            """.ReplaceLineEndings("\n"),
            Trimmed(_session.Show("Receive-CseS3Object -KeyPrefix test1 -Destination dst @s3")));
        Assert.Contains($"3 (content) → {_session.Bucket}/text", _session.Show("Send-CseS3Object -Content abc -Key text @s3"));
    }

    [Fact]
    public void Listings_are_shown_as_a_table()
    {
        _session.Run("Send-CseS3Object -Content abc -Key test1/a @s3").Good();
        var lines = _session.Show("Get-CseS3Object $bucket").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd()).ToArray();
        Assert.Equal("LastModified                 Size PlaintextSize Format Key", lines[0]);
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d            19                      test1/a$", lines[2]);
        lines = [.. _session.Show("Get-CseS3Object $bucket -Envelope").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd())];
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d            19             3 V3     test1/a$", lines[2]);
        Assert.Equal(3, lines.Length);
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
