using CseKms.Core.Algorithms;
using CseKms.Core.Aws;
using CseKms.Core.Content;
using CseKms.Core.Format;
using CseKms.Core.Materials;

namespace CseKms.Core.Transfer;

/// <summary>
/// Fetches, verifies and decrypts objects. The first range tells size and envelope; further ranges come in parallel, each held to
/// the ETag of the first. Thread-safe.
/// </summary>
internal sealed class Downloader
{
    private const int TagLength = AlgorithmSuite.TagLength;

    private readonly S3Gateway _s3;
    private readonly CryptographicMaterialsManager _materialsManager;
    private readonly TransferScheduler _scheduler;
    private readonly RangeReader _ranges;
    private readonly EnvelopeFinder _envelopes;
    private readonly UnauthenticatedDownloader _unauthenticated;

    public Downloader(S3Gateway s3, CryptographicMaterialsManager materialsManager, TransferScheduler scheduler)
    {
        _s3 = s3;
        _materialsManager = materialsManager;
        _scheduler = scheduler;
        _ranges = new RangeReader(s3, scheduler);
        _envelopes = new EnvelopeFinder(s3, scheduler, _ranges);
        _unauthenticated = new UnauthenticatedDownloader(materialsManager, scheduler, _ranges);
    }

    /// <exception cref="CseException">The sink was not committed.</exception>
    public Task<TransferResult> DownloadAsync(
        DownloadRequest request, IPlaintextSink sink, ITransferObserver observer, CancellationToken cancellationToken) =>
        request.Range is { } range
            ? DownloadRangeAsync(request, range, sink, observer, cancellationToken)
            : DownloadWholeAsync(request, sink, observer, cancellationToken);

    private async Task<TransferResult> DownloadRangeAsync(
        DownloadRequest request, PlaintextRange range, IPlaintextSink sink, ITransferObserver observer, CancellationToken cancellationToken)
    {
        var head = await _scheduler.RequestAsync(() => _s3.HeadAsync(request.Address, cancellationToken), cancellationToken).ConfigureAwait(false);
        var metadata = await _envelopes.FindAsync(request.Address, head.Metadata, request.InstructionFileSuffix, cancellationToken).ConfigureAwait(false);
        return await _unauthenticated.DownloadRangeAsync(request.Address, head, metadata, range, sink, observer, cancellationToken).ConfigureAwait(false);
    }

    private async Task<TransferResult> DownloadWholeAsync(
        DownloadRequest request, IPlaintextSink sink, ITransferObserver observer, CancellationToken cancellationToken)
    {
        var wanted = (int)Math.Clamp(request.SizeHint ?? long.MaxValue, TagLength, Part.BufferSize);
        var buffer = await _scheduler.RentAsync(wanted, cancellationToken).ConfigureAwait(false);
        try
        {
            var first = await _ranges.ReadFirstAsync(request.Address, wanted, buffer, cancellationToken).ConfigureAwait(false);
            var head = first.Head;
            var metadata = await _envelopes.FindAsync(request.Address, head.Metadata, request.InstructionFileSuffix, cancellationToken).ConfigureAwait(false);
            if (!metadata.Suite.IsAuthenticated)
            {
                buffer.Dispose();
                buffer = null;
                return await _unauthenticated.DownloadCbcAsync(request.Address, head, metadata, sink, observer, cancellationToken).ConfigureAwait(false);
            }

            var plaintextLength = PlaintextLength.Of(head.Size);
            using var materials = await _materialsManager.GetDecryptionMaterialsAsync(metadata, request.Address, cancellationToken).ConfigureAwait(false);
            using var cipher = ContentCipher.ForDecryption(
                metadata.Suite, materials.PlaintextDataKey, metadata.Nonce, metadata.KeyCommitment);

            observer.LengthKnown(plaintextLength);
            if (first.Length == head.Size)
            {
                cipher.DecryptWhole(
                    buffer.Bytes.AsSpan(0, (int)plaintextLength), buffer.Bytes.AsSpan((int)plaintextLength, TagLength));
                sink.Open(plaintextLength);
                sink.Write(0, buffer.Bytes.AsSpan(0, (int)plaintextLength));
                observer.Transferred(plaintextLength);
            }
            else
            {
                sink.Open(plaintextLength);
                var firstBuffer = buffer;
                buffer = null;
                await DownloadRangesAsync(
                    request.Address, head, plaintextLength, first.Length, firstBuffer, cipher, sink, observer, cancellationToken).ConfigureAwait(false);
            }

            sink.Commit();
            return new TransferResult(head.ETag, head.VersionId, plaintextLength, head.Size, metadata.Suite.Name) { KmsKeyId = materials.KmsKeyId };
        }
        finally
        {
            buffer?.Dispose();
        }
    }

    private async Task DownloadRangesAsync(
        ObjectAddress address,
        ObjectHead head,
        long plaintextLength,
        int firstLength,
        TransferBuffer firstBuffer,
        ContentCipher cipher,
        IPlaintextSink sink,
        ITransferObserver observer,
        CancellationToken cancellationToken)
    {
        using var message = cipher.OpenMessage();
        var tag = new byte[TagLength];

        // What the first answer holds beyond whole blocks or beyond the content is asked for again with its neighbours.
        var firstContent = (int)Math.Min(Math.Min(firstLength, Part.Size), plaintextLength) & -SeekableGcm.BlockSize;
        var rest = new RangeDivider(firstContent, plaintextLength, _scheduler.ThrottleLimit);
        await TaskGroup.RunAsync(
            async group =>
            {
                group.Start(DecryptFirstAsync);
                for (var workers = rest.Workers; workers > 0; workers--)
                {
                    var buffer = await _scheduler.RentAsync(SeekableGcm.StripSize, group.Token).ConfigureAwait(false);
                    group.Start(() => DecryptRangesAsync(buffer));
                }

                Task DecryptFirstAsync()
                {
                    using (firstBuffer)
                    {
                        for (var at = 0; at < firstContent; at += SeekableGcm.StripSize)
                        {
                            Decrypt(at, firstBuffer.Bytes.AsSpan(at, Math.Min(SeekableGcm.StripSize, firstContent - at)));
                        }
                    }

                    return Task.CompletedTask;
                }

                async Task DecryptRangesAsync(TransferBuffer buffer)
                {
                    using (buffer)
                    {
                        while (rest.TryTake(out var start, out var end))
                        {
                            // The tag comes with the last one.
                            var length = (end == plaintextLength ? head.Size : end) - start;
                            await _ranges.ReadAsync(address, head, start, buffer.Bytes, length, Take, group.Token).ConfigureAwait(false);
                        }
                    }
                }

                // The end of a filling may cut the tag in two.
                void Take(long offset, Memory<byte> bytes)
                {
                    var content = (int)Math.Clamp(plaintextLength - offset, 0, bytes.Length);
                    bytes.Span[content..].CopyTo(tag.AsSpan((int)Math.Max(0, offset - plaintextLength)));
                    if (content > 0)
                    {
                        Decrypt(offset, bytes.Span[..content]);
                    }
                }

                void Decrypt(long offset, Span<byte> bytes)
                {
                    message.Decrypt(offset, bytes, bytes);
                    sink.Write(offset, bytes);
                    observer.Transferred(bytes.Length);
                }
            },
            cancellationToken).ConfigureAwait(false);

        if (!message.VerifyTag(plaintextLength, tag))
        {
            throw ContentCipher.AuthenticationFailed();
        }
    }
}
