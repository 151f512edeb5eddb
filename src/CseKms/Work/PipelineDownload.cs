using System.Security.Cryptography;
using System.Text;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Receives an object for the pipeline.</summary>
/// <param name="request">The object.</param>
/// <param name="encoding">How its bytes become text; bytes they stay unless given.</param>
internal sealed class PipelineDownload(DownloadRequest request, Encoding? encoding) : DownloadWork(request)
{
    /// <inheritdoc/>
    protected override async Task<WorkResult> ReceiveAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        var (received, bytes) = await client.DownloadBytesAsync(Request, progress, cancellationToken).ConfigureAwait(false);
        return new(encoding is null ? bytes : ToText(bytes, encoding)) { IsAuthenticated = received.IsAuthenticated };
    }

    // Detects a byte order mark, as Get-Content does.
    private static string ToText(byte[] bytes, Encoding encoding)
    {
        try
        {
            using var reader = new StreamReader(new MemoryStream(bytes), encoding, detectEncodingFromByteOrderMarks: true);
            return reader.ReadToEnd();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
