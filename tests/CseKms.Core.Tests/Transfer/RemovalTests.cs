using System.Text.RegularExpressions;
using CseKms.Core.Content;
using CseKms.Core.Transfer;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Transfer;

/// <summary>Objects that are removed, and what stands beside them.</summary>
public class RemovalTests(SandboxFixture sandbox)
{
    private const string File = "object.instruction";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SandboxObjects Objects => sandbox.Server.Objects;

    public static TheoryData<string> Keys =>
    [
        "a&<>\"'", " a ", " ", "a\tb", "a\rb", "a\nb", "a\r\nb", "a\u0001b", "\u001f", "a\u007fb", "a\u0085b", "a\u2028b", "a\ufffeb", "a\uffffb", "é日本🔐",
        "/a", "a//b", "a+b%20c", "a?b#c", "\u00a0a", "a/./b", "a/../b", "a/../b\u0001", "../b\u0001", "/b\u0001",
    ];

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task An_object_of_any_key_is_removed_and_no_other_one(string key)
    {
        var bucket = sandbox.NewBucket();
        string[] others = [.. new[] { key.Trim(), key.Replace("\r", "\n"), key + "x", "b", "b\u0001" }.Where(other => other.Length > 0 && other != key).Distinct()];
        Array.ForEach([key, .. others], name => Objects.Put(bucket, name, [1]));

        var results = await RemoveAsync(bucket, key);

        Assert.Null(results.Single().Failure);
        Assert.Equal(others.Order(StringComparer.Ordinal), Objects.Keys(bucket).Order(StringComparer.Ordinal));
    }

    // Whoever serializes the cases of a theory changes such keys.
    [Fact]
    public async Task Half_a_character_is_no_key_and_nothing_else_is_removed_for_it()
    {
        var bucket = sandbox.NewBucket();
        Objects.Put(bucket, "a\ufffdb", [1]);

        var results = await RemoveAsync(bucket, "a\ud800b", "a\udc00b", "a\udc00\ud800b");

        Assert.All(results, result => Assert.Equal(ErrorId.RequestInvalid, result.Failure!.ErrorId));
        Assert.Single(Objects.Keys(bucket));
    }

    [Fact]
    public async Task A_thousand_go_by_one_request_and_those_that_XML_cannot_carry_one_by_one()
    {
        var (bucket, identity) = (sandbox.NewBucket(), NewIdentity());
        string[] keys = [.. Enumerable.Range(0, 998).Select(number => $"d/{number}"), "d/\u0001", "d/\u0002"];
        Array.ForEach(keys, key => Objects.Put(bucket, key, [1]));

        var results = await RemoveAsync(new RemovalRequest([.. keys.Select(key => new ObjectAddress(bucket, key))]) { WithInstructionFiles = false }, identity);

        Assert.Equal(keys, results.Where(result => result.Failure is null).Select(result => result.Address.Key));
        Assert.Empty(Objects.Keys(bucket));
        Assert.Equal(["DeleteObject", "DeleteObject", "DeleteObjects"], Operations(identity).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Its_instruction_file_goes_with_an_object_and_no_other_object(bool versioned)
    {
        var bucket = sandbox.NewBucket(versioned);
        await SendAsync(bucket, "object");
        Objects.SetMetadata(bucket, File, new Dictionary<string, string>());
        await SendAsync(bucket, "marked");
        foreach (var key in new[] { "text", "json", "large" })
        {
            Objects.Put(bucket, key, [1]);
            Objects.Put(bucket, $"{key}.instruction", key switch { "text" => "Stir well."u8, "json" => """{"a":"b"}"""u8, _ => new byte[100_000] });
        }

        var results = await RemoveAsync(bucket, "object", "marked", "text", "json", "large");

        Assert.All(results, result => Assert.Null(result.Failure ?? result.InstructionFileFailure));
        Assert.Equal(["json.instruction", "large.instruction", "text.instruction"], Objects.Keys(bucket));
        Assert.Equal([File, "marked.instruction", null, null, null], results.Select(result => result.InstructionFile?.Key));
        Assert.All(results, result => Assert.Equal((versioned, versioned), (result.IsDeleteMarker, result.DeleteMarkerVersionId is not null)));
    }

    [Fact]
    public async Task With_a_version_the_instruction_file_stays_while_another_one_is_left()
    {
        var bucket = sandbox.NewBucket(versioned: true);
        var (one, two) = (await SendAsync(bucket, "object"), await SendAsync(bucket, "object"));

        var first = (await RemoveAsync([one])).Single();
        Assert.True(Objects.Exists(bucket, File));
        Assert.Equal((false, null), (first.IsDeleteMarker, first.InstructionFile));
        Assert.Equal("content"u8.ToArray(), await ReceiveAsync(two));

        var last = (await RemoveAsync([two])).Single();
        Assert.Equal(File, last.InstructionFile?.Key);
        Assert.Empty(await VersionsAsync(bucket));
    }

    [Fact]
    public async Task All_versions_and_markers_at_once_leave_nothing()
    {
        var bucket = sandbox.NewBucket(versioned: true);
        ObjectAddress[] versions = [await SendAsync(bucket, "object"), await SendAsync(bucket, "object")];
        var marker = (await RemoveAsync(bucket, "object")).Single().DeleteMarkerVersionId;

        var results = await RemoveAsync([.. versions, new ObjectAddress(bucket, "object", marker)]);

        Assert.All(results, result => Assert.Null(result.Failure ?? result.InstructionFileFailure));
        Assert.Equal([false, false, true], results.Select(result => result.IsDeleteMarker));
        Assert.Empty(await VersionsAsync(bucket));
    }

    [Fact]
    public async Task An_object_whose_delete_marker_is_removed_can_be_read_again()
    {
        var bucket = sandbox.NewBucket(versioned: true);
        var sent = await SendAsync(bucket, "object");
        var marker = (await RemoveAsync(bucket, "object")).Single();
        Assert.Empty(Objects.Keys(bucket));

        var result = (await RemoveAsync([sent with { VersionId = marker.DeleteMarkerVersionId }])).Single();

        Assert.Null(result.Failure ?? result.InstructionFileFailure);
        Assert.Equal((true, marker.DeleteMarkerVersionId), (result.IsDeleteMarker, result.DeleteMarkerVersionId));
        Assert.Equal("content"u8.ToArray(), await ReceiveAsync(sent with { VersionId = null }));
    }

    [Fact]
    public async Task A_file_that_was_stored_anew_meanwhile_stays()
    {
        var bucket = sandbox.NewBucket();
        var address = await SendAsync(bucket, "object");
        using var held = sandbox.Server.Faults.HoldReply(request => request.Operation == "DeleteObjects" && request.Bucket == bucket, times: 1);
        var removing = RemoveAsync(bucket, "object");
        await held.Struck.WaitAsync(Cancellation);
        await SendAsync(bucket, "object");
        held.Release();

        var result = (await removing).Single();

        Assert.Null(result.Failure ?? result.InstructionFileFailure);
        Assert.Equal("content"u8.ToArray(), await ReceiveAsync(address with { VersionId = null }));
    }

    [Fact]
    public async Task Each_failure_is_one_objects_and_a_locked_object_keeps_its_instruction_file()
    {
        var bucket = $"removal-lock-{Guid.NewGuid():N}";
        sandbox.Server.CreateBucket(bucket, objectLock: true);
        var locked = await SendAsync(bucket, "object", new ObjectAttributes { ObjectLockLegalHold = "ON" });
        var free = await SendAsync(bucket, "free");

        var results = await RemoveAsync([locked, free]);

        Assert.Equal([ErrorId.S3AccessDenied, null], results.Select(result => result.Failure?.ErrorId));
        Assert.Contains("object", results[0].Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(["object", File], Objects.Keys(bucket));
        Assert.Equal("content"u8.ToArray(), await ReceiveAsync(locked));
    }

    [Theory]
    [InlineData("<Deleted><Key>a</Key></Deleted>", "")]
    [InlineData("<Deleted><Key>a</Key></Deleted>", "<Deleted><Key>A</Key></Deleted>")]
    [InlineData("<Deleted><Key>a</Key></Deleted>", "<Deleted><Key>a</Key><VersionId>other</VersionId></Deleted>")]
    [InlineData("<DeleteResult[^>]*>.*", "<html><body>Sign in.</body></html>")]
    public async Task What_an_answer_does_not_account_for_is_no_success(string pattern, string replacement)
    {
        var bucket = sandbox.NewBucket();
        Array.ForEach(["a", "b"], key => Objects.Put(bucket, key, [1]));
        using var fault = sandbox.Server.Faults.Add(
            request => request.Operation == "DeleteObjects" && request.Bucket == bucket,
            FaultAction.Rewrite(text => Regex.Replace(text, pattern, replacement, RegexOptions.Singleline)),
            SandboxFaults.Always);

        var results = await RemoveAsync(bucket, "a", "b");

        Assert.Equal(ErrorId.AnswerInvalid, results[0].Failure?.ErrorId);
        Assert.Contains("DeleteObjects", results[0].Failure!.Operation, StringComparison.Ordinal);
        Assert.Equal(pattern[1] == 'D' && pattern[2] == 'e' && pattern.Contains("Key", StringComparison.Ordinal), results[1].Failure is null);
    }

    [Fact]
    public async Task An_error_goes_before_a_success_of_the_same_object()
    {
        var bucket = sandbox.NewBucket();
        using var fault = sandbox.Server.Faults.Add(
            request => request.Operation == "DeleteObjects" && request.Bucket == bucket,
            FaultAction.Rewrite(text => text.Replace(
                "</DeleteResult>", "<Error><Key>a</Key><Code>AccessDenied</Code><Message>No.</Message></Error></DeleteResult>", StringComparison.Ordinal)));

        Assert.Equal(ErrorId.S3AccessDenied, (await RemoveAsync(bucket, "a")).Single().Failure?.ErrorId);
    }

    [Theory]
    [InlineData("InternalError")]
    [InlineData("SlowDown")]
    public async Task Objects_that_S3_stumbles_over_are_asked_for_again_and_no_others(string code)
    {
        var (bucket, identity) = (sandbox.NewBucket(), NewIdentity());
        Array.ForEach(["a", "b"], key => Objects.Put(bucket, key, [1]));
        using var fault = sandbox.Server.Faults.Add(
            request => request.Operation == "DeleteObjects" && request.Bucket == bucket,
            FaultAction.Rewrite(text => text.Replace(
                "<Deleted><Key>a</Key></Deleted>", $"<Error><Key>a</Key><Code>{code}</Code><Message>Again.</Message></Error>", StringComparison.Ordinal)),
            times: 1);

        var results = await RemoveAsync(new RemovalRequest([new(bucket, "a"), new(bucket, "b")]), identity);

        Assert.All(results, result => Assert.Null(result.Failure));
        Assert.Equal(2, Operations(identity).Count(operation => operation == "DeleteObjects"));
    }

    [Fact]
    public async Task A_lost_reply_is_asked_for_again()
    {
        var bucket = sandbox.NewBucket();
        await SendAsync(bucket, "object");
        using var fault = sandbox.Server.Faults.DropReply(request => request.Operation == "DeleteObjects" && request.Bucket == bucket, times: 2);

        var result = (await RemoveAsync(bucket, "object")).Single();

        Assert.Null(result.Failure ?? result.InstructionFileFailure);
        Assert.Empty(Objects.Keys(bucket));
    }

    [Fact]
    public async Task A_store_that_knows_no_request_for_many_is_asked_one_by_one()
    {
        var bucket = sandbox.NewBucket();
        Array.ForEach(["a", "b"], key => Objects.Put(bucket, key, [1]));
        using var fault = sandbox.Server.Faults.Fail(
            request => request.Operation == "DeleteObjects" && request.Bucket == bucket, 501, "NotImplemented", times: SandboxFaults.Always);

        Assert.All(await RemoveAsync(bucket, "a", "b"), result => Assert.Null(result.Failure));
        Assert.Empty(Objects.Keys(bucket));
    }

    [Fact]
    public async Task Who_may_not_look_removes_objects_all_the_same_and_no_instruction_file()
    {
        var (bucket, identity) = (sandbox.NewBucket(), NewIdentity());
        await SendAsync(bucket, "object");
        sandbox.Server.Deny(identity, "HeadObject");
        sandbox.Server.Deny(identity, "GetObject");

        var result = (await RemoveAsync(new RemovalRequest([new(bucket, "object")]), identity)).Single();

        Assert.Equal((null, true), (result.Failure, result.IsInstructionFileHidden));
        Assert.Equal([File], Objects.Keys(bucket));
    }

    [Fact]
    public async Task An_object_stays_when_the_question_of_its_file_fails()
    {
        var bucket = sandbox.NewBucket();
        await SendAsync(bucket, "object");
        using var fault = sandbox.Server.Faults.Fail(request => request.Key == File && request.Bucket == bucket, 400, "Odd", times: SandboxFaults.Always);

        var result = (await RemoveAsync(bucket, "object")).Single();

        Assert.Equal(ErrorId.S3RequestFailed, result.Failure?.ErrorId);
        Assert.Equal(["object", File], Objects.Keys(bucket));
    }

    private Task<IReadOnlyList<RemovedObject>> RemoveAsync(string bucket, params string[] keys) =>
        RemoveAsync([.. keys.Select(key => new ObjectAddress(bucket, key))]);

    private Task<IReadOnlyList<RemovedObject>> RemoveAsync(IReadOnlyList<ObjectAddress> objects) => RemoveAsync(new RemovalRequest(objects), null);

    private async Task<IReadOnlyList<RemovedObject>> RemoveAsync(RemovalRequest request, SandboxIdentity? identity) =>
        await (await sandbox.OpenAsync(identity: identity)).RemoveAsync(request, Cancellation);

    private async Task<ObjectAddress> SendAsync(string bucket, string key, ObjectAttributes? attributes = null)
    {
        var address = new ObjectAddress(bucket, key);
        var sent = await (await sandbox.OpenAsync()).UploadAsync(
            new UploadRequest(address, UploadSource.FromBytes("content"u8.ToArray())) { InstructionFile = true, Attributes = attributes ?? new() }, NullObserver.Instance, Cancellation);
        return address with { VersionId = sent.VersionId };
    }

    private async Task<byte[]> ReceiveAsync(ObjectAddress address) =>
        (await (await sandbox.OpenAsync()).DownloadBytesAsync(new DownloadRequest(address), NullObserver.Instance, Cancellation)).Plaintext;

    private async Task<List<string>> VersionsAsync(string bucket) =>
        await (await sandbox.OpenAsync()).ListVersionsAsync(bucket, "", null, Cancellation).Select(version => version.Address.Key).ToListAsync(Cancellation);

    private SandboxIdentity NewIdentity() => sandbox.Server.AddIdentity($"removal-{Guid.NewGuid():N}");

    private IEnumerable<string> Operations(SandboxIdentity identity) =>
        sandbox.Server.Requests.All.Where(request => request.Identity == identity && request.Operation.StartsWith("Delete", StringComparison.Ordinal))
            .Select(request => request.Operation);
}
