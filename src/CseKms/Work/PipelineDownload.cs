using System.Management.Automation;
using System.Security.Cryptography;
using System.Text;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Receives an object for the pipeline.</summary>
/// <param name="request">The object.</param>
/// <param name="encoding">How its bytes become text; bytes they stay unless given.</param>
internal sealed class PipelineDownload(DownloadRequest request, Encoding? encoding) : DownloadWork(request)
{
    // What is expected of an object whose size nobody told: most that go to the pipeline are small.
    private const long UsualSize = 1 << 20;

    // An object that is the only one of its call shares the memory with nobody.
    private PipelineRoom? _room;

    private long ExpectedSize => Request.SizeHint ?? UsualSize;

    /// <inheritdoc/>
    public override void Enter(S3EncryptionClient client, CancellationToken cancellationToken)
    {
        if (!IsListed)
        {
            return;
        }

        var length = Request.Range is { } range ? Math.Clamp((range.Last ?? long.MaxValue - 1) - range.First + 1, 0, ExpectedSize) : ExpectedSize;
        _room = client.Reserve(length, isText: encoding is not null, cancellationToken);
    }

    /// <inheritdoc/>
    public override void Leave() => _room?.Dispose();

    /// <inheritdoc/>
    protected override async Task<WorkResult> ReceiveAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        var expected = _room is null ? Request : Request with { SizeHint = ExpectedSize };
        var (received, bytes) = await client.DownloadBytesAsync(expected, _room, progress, cancellationToken).ConfigureAwait(false);
        return new(Named(encoding is null ? bytes : ToText(bytes, encoding))) { Receipts = [new(Address) { Transfer = received }], IsAuthenticated = received.IsAuthenticated };
    }

    // As Get-Content tells of each line where it comes from.
    private PSObject Named(object content)
    {
        var named = new PSObject(content);
        named.Properties.Add(new PSNoteProperty(nameof(Address.BucketName), Address.BucketName));
        named.Properties.Add(new PSNoteProperty(nameof(Address.Key), Address.Key));
        named.Properties.Add(new PSNoteProperty(nameof(Address.VersionId), Address.VersionId));
        return named;
    }

    private string ToText(byte[] bytes, Encoding usual)
    {
        string text;
        try
        {
            var encoding = ByteOrderMark.Find(bytes, out var markLength) ?? usual;
            text = encoding.GetString(bytes, markLength, bytes.Length - markLength);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }

        _room?.BecameText(text);
        return text;
    }
}
