using Xunit;

namespace CseKms.Tests.Cmdlets;

public sealed class MemoryLimitTests(SandboxFixture sandbox) : IDisposable
{
    private readonly UserSession _session = new(sandbox);

    [Theory]
    [InlineData("Receive-CseS3Object -Key large -AsByteStream -MemoryLimit 32MB @s3")]
    [InlineData("Set-CseSession -MemoryLimit 32MB; Receive-CseS3Object -Key large -AsByteStream @s3")]
    public void MemoryLimit_bounds_what_goes_to_the_pipeline(string script)
    {
        _session.Run("Send-CseS3Object -InputStream ([IO.MemoryStream]::new([byte[]]::new(33MB))) -Key large -MemoryLimit 32MB @s3").Good();
        Assert.Equal(["TooLargeForPipeline"], _session.Run(script).Ids());
        Assert.Equal(33 << 20, ((byte[])_session.Run("Receive-CseS3Object -Key large -AsByteStream -MemoryLimit 40MB @s3").Good().Output.Single().BaseObject).Length);
    }

    [Theory]
    [InlineData("Receive-CseS3Object -Key x -AsString -MemoryLimit 31MB @s3")]
    [InlineData("Send-CseS3Object -Content x -Key x -MemoryLimit 0 @s3")]
    [InlineData("Set-CseSession -MemoryLimit 1")]
    public void MemoryLimit_is_at_least_two_parts(string script) =>
        Assert.Equal("ParameterArgumentValidationError", _session.Ends(script).Id());

    [Theory]
    [InlineData("Receive-CseS3Object -KeyPrefix p @parameters")]
    [InlineData("Get-CseS3Object $bucket p/ | Receive-CseS3Object @parameters")]
    [InlineData("Get-CseS3Object $bucket p/ | ForEach-Object { [pscustomobject]@{ BucketName = $_.BucketName; Key = $_.Key } } | Receive-CseS3Object @parameters")]
    public void Objects_of_all_sizes_come_whole_and_in_order_however_little_fits_at_once(string script)
    {
        int[] sizes = [5, 3 << 20, 25 << 20, 0, 1 << 20, 13 << 20, 100, 2 << 20];
        _session.Set("sizes", sizes);
        _session.Run("""
            $parameters = @{ KmsKeyId = $key; MemoryLimit = 32MB }
            foreach ($i in 0..7) {
                $bytes = [byte[]]::new($sizes[$i]); [Array]::Fill($bytes, [byte](65 + $i))
                Send-CseS3Object -InputStream ([IO.MemoryStream]::new($bytes)) -Key p/$i @s3
            }
            """).Good();

        var how = script.StartsWith("Receive", StringComparison.Ordinal) ? "-BucketName $bucket " : "";
        var bytes = _session.Run($"{script} {how}-AsByteStream").Good().Output.Select(item => (byte[])item.BaseObject).ToArray();
        var texts = _session.Run($"{script} {how}-AsString").Good().Output.Select(item => (string)item.BaseObject).ToArray();
        var ranges = _session.Run($"{script} {how}-AsString -Range 3-5000000 -ErrorAction SilentlyContinue").Output.Select(item => ((string)item.BaseObject).Length);

        Assert.Equal(sizes, bytes.Select(item => item.Length));
        Assert.Equal(sizes, texts.Select(item => item.Length));
        Assert.Equal(sizes.Where(size => size > 3).Select(size => Math.Min(size - 3, 4999998)), ranges);
        for (var i = 0; i < sizes.Length; i++)
        {
            Assert.DoesNotContain(bytes[i], value => value != 65 + i);
            Assert.Equal(sizes[i], texts[i].Count(character => character == 'A' + i));
        }
    }

    [Theory]
    [InlineData("-AsByteStream")]
    [InlineData("-AsString")]
    public void MemoryLimit_bounds_what_waits_to_be_written(string how)
    {
        const int Count = 40;
        _session.Run($$"""
            $bytes = [byte[]]::new(16MB); [Array]::Fill($bytes, [byte]65)
            foreach ($i in 1..{{Count}}) { Send-CseS3Object -InputStream ([IO.MemoryStream]::new($bytes)) -Key p/$i @s3 }
            """).Good();
        var script = _session.Folder.Write("receive.ps1", System.Text.Encoding.UTF8.GetBytes($$"""
            Import-Module '{{BuiltModule.Import}}'
            $count = 0
            Receive-CseS3Object -KeyPrefix p {{how}} -BucketName {{_session.Bucket}} -KmsKeyId {{sandbox.KmsKeyArn}} -MemoryLimit 32MB | ForEach-Object { $count++ }
            "$count $([System.Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64 / 1MB -as [int])"
            """));
        var command = Pwsh.Command("-File", script);
        command.RedirectStandardOutput = true;
        using var process = Pwsh.Start(command);
        var told = process.StandardOutput.ReadToEnd().Split(' ');

        Assert.Equal($"{Count}", told[0]);

        // PowerShell alone takes 120; without a bound it were 700 for bytes and 1,400 for text.
        Assert.InRange(int.Parse(told[1], System.Globalization.CultureInfo.InvariantCulture), 50, 550);
    }

    [Theory]
    [InlineData("utf-8", true)]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-32", true)]
    [InlineData("utf-32BE", true)]
    [InlineData("utf-8", false)]
    [InlineData("iso-8859-1", false)]
    public void Text_is_read_by_its_byte_order_mark_or_else_by_the_encoding_that_is_given(string name, bool isMarked)
    {
        var encoding = System.Text.Encoding.GetEncoding(name);
        byte[] stored = [.. isMarked ? encoding.GetPreamble() : [], .. encoding.GetBytes("äöü €"[..(name.StartsWith("iso", StringComparison.Ordinal) ? 3 : 5)])];
        _session.Set("stored", stored);
        _session.Run("Send-CseS3Object -InputStream ([IO.MemoryStream]::new([byte[]]$stored)) -Key x @s3").Good();

        var text = _session.Run($"Receive-CseS3Object -Key x -AsString {(isMarked ? "" : $"-Encoding {name}")} @s3").Good().Output.Single().ToString();

        Assert.Equal("äöü €"[..text.Length], text);
        Assert.InRange(text.Length, 3, 5);
    }

    public void Dispose() => _session.Dispose();
}
