using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using CseKms.Sandbox;
using Xunit;

namespace CseKms.Core.Tests.Sandbox;

public sealed class KmsRulesTests : IAsyncLifetime
{
    private static readonly CancellationToken None = TestContext.Current.CancellationToken;
    private SandboxServer _sandbox = null!;
    private AmazonKeyManagementServiceClient _kms = null!;
    private string _key = null!;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await SandboxServer.StartAsync(cancellationToken: None);
        _key = _sandbox.CreateKey();
        _kms = _sandbox.Kms();
    }

    public ValueTask DisposeAsync()
    {
        _kms.Dispose();
        return _sandbox.DisposeAsync();
    }

    [Fact]
    public async Task Wraps_again_under_another_key_and_context_without_showing_the_plaintext()
    {
        var other = _sandbox.CreateKey();
        var (plaintext, wrapped) = _sandbox.GenerateDataKey(_key, new Dictionary<string, string> { ["a"] = "1" });
        ReEncryptRequest Request(string context) => new()
        {
            CiphertextBlob = new MemoryStream(wrapped), SourceKeyId = _key, SourceEncryptionContext = new() { ["a"] = context },
            DestinationKeyId = other, DestinationEncryptionContext = new() { ["b"] = "2" },
        };
        await Assert.ThrowsAsync<InvalidCiphertextException>(() => _kms.ReEncryptAsync(Request("2"), None));
        var again = await _kms.ReEncryptAsync(Request("1"), None);
        Assert.Equal((_key, other), (again.SourceKeyId, again.KeyId));
        var opened = await _kms.DecryptAsync(
            new DecryptRequest { CiphertextBlob = again.CiphertextBlob, KeyId = other, EncryptionContext = new() { ["b"] = "2" } }, None);
        Assert.Equal(plaintext, opened.Plaintext.ToArray());

        var from = _sandbox.AddIdentity("from-only");
        _sandbox.Deny(from, "ReEncryptTo");
        using var kms = _sandbox.Kms(from);
        var denied = await Assert.ThrowsAnyAsync<AmazonKeyManagementServiceException>(() => kms.ReEncryptAsync(Request("1"), None));
        Assert.Equal("AccessDeniedException", denied.ErrorCode);
    }

    [Fact]
    public async Task A_dry_run_checks_all_and_does_nothing()
    {
        var (_, wrapped) = _sandbox.GenerateDataKey(_key, new Dictionary<string, string>());
        await Assert.ThrowsAsync<DryRunOperationException>(() => _kms.GenerateDataKeyAsync(
            new GenerateDataKeyRequest { KeyId = _key, KeySpec = DataKeySpec.AES_256, DryRun = true }, None));
        await Assert.ThrowsAsync<DryRunOperationException>(() => _kms.DecryptAsync(
            new DecryptRequest { CiphertextBlob = new MemoryStream(wrapped), DryRun = true }, None));
        await Assert.ThrowsAsync<DryRunOperationException>(() => _kms.EncryptAsync(
            new EncryptRequest { KeyId = _key, Plaintext = new MemoryStream([1]), DryRun = true }, None));
        await Assert.ThrowsAsync<DryRunOperationException>(() => _kms.ReEncryptAsync(
            new ReEncryptRequest { CiphertextBlob = new MemoryStream(wrapped), DestinationKeyId = _key, DryRun = true }, None));

        _sandbox.DisableKey(_key);
        await Assert.ThrowsAsync<DisabledException>(() => _kms.GenerateDataKeyAsync(
            new GenerateDataKeyRequest { KeyId = _key, KeySpec = DataKeySpec.AES_256, DryRun = true }, None));
    }
}
