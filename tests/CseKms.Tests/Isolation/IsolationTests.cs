using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.Loader;
using Amazon.S3.Model;
using Xunit;

namespace CseKms.Tests.Isolation;

public sealed class IsolationTests(SandboxFixture sandbox)
{
    [Fact]
    public void Another_AWS_SDK_in_the_session_is_not_in_the_way()
    {
        var own = typeof(Amazon.Runtime.AmazonServiceClient).Assembly;
        Assert.Same(AssemblyLoadContext.Default, AssemblyLoadContext.GetLoadContext(own));
        using var session = new UserSession(sandbox);
        session.Store("in/a", "in/b");

        // The type that AWS.Tools puts into the pipe, of the context that loaded it.
        var listing = new[] { "in/a", "in/b" }.Select(object (key) => new S3Object { BucketName = session.Bucket, Key = key });
        Assert.Equal(
            ["in/a", "in/b"],
            session.Run("$input | Receive-CseS3Object -KeyPrefix in/ -Destination dst -KmsKeyId $key", [.. listing]).Good().All("Key"));
        Assert.Equal("in/a", session.Read("dst/a"));

        var loaded = AppDomain.CurrentDomain.GetAssemblies().Where(assembly => assembly.GetName().Name == "AWSSDK.Core").ToArray();
        Assert.Equal(2, loaded.Length);
        Assert.Equal(["CseKms", "Default"], loaded.Select(assembly => AssemblyLoadContext.GetLoadContext(assembly)!.Name).Order());
        Assert.NotEqual(
            FileVersion(loaded[0].Location),
            FileVersion(loaded[1].Location));

        session.Run("Remove-Module CseKms").Good();
        Assert.Empty(session.Run("Get-Module CseKms").Good().Output);
        session.Run($"Import-Module '{BuiltModule.Import}'").Good();
        Assert.Equal(
            ["in/a", "in/b"],
            session.Run("$input | Receive-CseS3Object -KeyPrefix in/ -Destination again -KmsKeyId $key", [.. listing]).Good().All("Key"));
        Assert.DoesNotContain(AssemblyLoadContext.Default.Assemblies, assembly => assembly.GetName().Name == "CseKms.Core");
    }

    [Fact]
    public void The_session_lives_until_the_last_runspace_removes_the_module()
    {
        using var one = new UserSession(sandbox);
        using (var two = new UserSession(sandbox))
        {
            two.Run("Set-CseSession -BucketName $bucket -KmsKeyId $key").Good();
            one.Run("Remove-Module CseKms").Good();
            two.Run("Send-CseS3Object -Content x -Key x").Good();
            Assert.Equal(["x"], two.Keys);
            two.Run("Remove-Module CseKms").Good();
        }

        one.Run($"Import-Module '{BuiltModule.Import}'").Good();
        var session = one.Run("Get-CseSession").Good().Output.Single();
        Assert.Null(session.Properties["BucketName"].Value);
        Assert.Null(session.Properties["KmsKeyId"].Value);
        Assert.Empty(Assert.IsAssignableFrom<System.Collections.IEnumerable>(session.Properties["Clients"].Value));
    }

    [Fact]
    public void Importing_twice_in_one_runspace_counts_once()
    {
        using var session = new UserSession(sandbox);
        session.Run($"Set-CseSession -BucketName bbb; Import-Module '{BuiltModule.Import}'").Good();
        Assert.Equal("bbb", session.Run("(Get-CseSession).BucketName").Good().Output.Single().BaseObject);
        session.Run($"Remove-Module CseKms; Import-Module '{BuiltModule.Import}'").Good();
        Assert.Null(session.Run("Get-CseSession").Good().Output.Single().Properties["BucketName"].Value);
    }

    [Fact]
    public void Another_version_in_the_process_is_refused()
    {
        using var session = new UserSession(sandbox);
        using var folder = new TemporaryFolder();
        var other = folder.File("CseKms/99.0.0");
        foreach (var file in Directory.EnumerateFiles(BuiltModule.Folder, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(other, Path.GetRelativePath(BuiltModule.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var manifest = Path.Combine(other, "CseKms.psd1");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace($"'{BuiltModule.Version}'", "'99.0.0'"));
        SetAssemblyVersion(Path.Combine(other, "bin", "CseKms.dll"), new Version(99, 0, 0, 0));
        session.Run("Remove-Module CseKms").Good();

        // The runtime refuses it before any code of ours could: one process loads one version.
        var error = session.Ends($"Import-Module '{manifest}' -ErrorAction Stop");
        Assert.Equal("System.IO.FileLoadException", error.Id());
        Assert.Contains("already loaded", error.ToString());
        session.Run($"Import-Module '{BuiltModule.Import}'; Get-CseSession").Good();
    }

    // As a build of another version has it: in the one row of the metadata table of assemblies, behind the hash algorithm; and with
    // another identity of the module, the first of the GUIDs.
    private static void SetAssemblyVersion(string file, Version version)
    {
        var bytes = File.ReadAllBytes(file);
        using (var image = new PEReader([.. bytes]))
        {
            var metadata = image.GetMetadataReader();
            var row = image.PEHeaders.MetadataStartOffset + metadata.GetTableMetadataOffset(TableIndex.Assembly) + sizeof(uint);
            foreach (var part in new[] { version.Major, version.Minor, version.Build, version.Revision })
            {
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(row), (ushort)part);
                row += sizeof(ushort);
            }

            bytes[image.PEHeaders.MetadataStartOffset + metadata.GetHeapMetadataOffset(HeapIndex.Guid)] ^= 1;
        }

        File.WriteAllBytes(file, bytes);
        Assert.Equal(version, AssemblyName.GetAssemblyName(file).Version);
    }

    private static string? FileVersion(string path) => System.Diagnostics.FileVersionInfo.GetVersionInfo(path).FileVersion;
}
