using CseKms.Core.Aws;
using CseKms.Core.Content;

namespace CseKms.Core.Transfer;

/// <summary>Reads ranges of objects; a range that is cut off or stalls is asked for again from where it stopped. Thread-safe.</summary>
internal sealed class RangeReader(S3Gateway s3, TransferScheduler scheduler)
{
    private const int MaxAttemptsWithoutProgress = 4;

    /// <summary>Reads the beginning of an object, whose size is not known yet.</summary>
    /// <param name="address">The object.</param>
    /// <param name="wanted">Bytes to ask for.</param>
    /// <param name="buffer">Receives them; shrunk to what there is.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    public async Task<(ObjectHead Head, int Length)> ReadFirstAsync(
        ObjectAddress address, int wanted, TransferBuffer buffer, CancellationToken cancellationToken)
    {
        var (head, length, read) = await scheduler.RequestAsync(
            async () =>
            {
                var response = await s3.GetRangeAsync(address, 0, wanted - 1, etag: null, cancellationToken).ConfigureAwait(false)
                    ?? throw EnvelopeFinder.NotEncrypted(address);
                using (response.Body)
                {
                    buffer.Shrink(response.Length);
                    using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                    return (response.Head, response.Length, await FillAsync(response.Body, buffer.Bytes, stall, cancellationToken).ConfigureAwait(false));
                }
            },
            cancellationToken).ConfigureAwait(false);
        await ReadAsync(address, head, read, buffer.Bytes.AsMemory(read, length - read), cancellationToken).ConfigureAwait(false);
        return (head, length);
    }

    /// <summary>Fills <paramref name="target"/> with the object's bytes from <paramref name="offset"/> on.</summary>
    /// <inheritdoc cref="ReadAsync(ObjectAddress, ObjectHead, long, Memory{byte}, long, Action{long, Memory{byte}}, CancellationToken)" path="/exception"/>
    public Task ReadAsync(ObjectAddress address, ObjectHead head, long offset, Memory<byte> target, CancellationToken cancellationToken) =>
        ReadAsync(address, head, offset, target, target.Length, static (_, _) => { }, cancellationToken);

    /// <summary>Reads a range through a buffer that may be smaller.</summary>
    /// <param name="address">The object.</param>
    /// <param name="head">What the first answer told of it; other bytes than that object's are refused.</param>
    /// <param name="offset">Where the range begins.</param>
    /// <param name="buffer">Receives the bytes, one filling after another.</param>
    /// <param name="length">Bytes to read.</param>
    /// <param name="take">Is given each filling and its offset in the object; all fillings but the last are as long as the buffer.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <exception cref="CseException"><see cref="ErrorId.ObjectChanged"/>, <see cref="ErrorId.EndpointUnreachable"/>, or what S3 answers.</exception>
    public async Task ReadAsync(
        ObjectAddress address,
        ObjectHead head,
        long offset,
        Memory<byte> buffer,
        long length,
        Action<long, Memory<byte>> take,
        CancellationToken cancellationToken)
    {
        var exact = head.VersionId is { } version ? address with { VersionId = version } : address;
        var end = offset + length;
        var filled = 0;
        for (var attempts = 0; offset + filled < end;)
        {
            var isAdvancing = await scheduler.RequestAsync(
                async () =>
                {
                    var start = offset + filled;
                    var response = await s3.GetRangeAsync(exact, start, end - 1, head.ETag, cancellationToken).ConfigureAwait(false);
                    if (response is null || response.Head.Size != head.Size || response.Head.ETag != head.ETag)
                    {
                        response?.Body.Dispose();
                        throw new CseException(ErrorId.ObjectChanged, $"The object {address} changed while it was read. Receive it again.");
                    }

                    using (response.Body)
                    {
                        await CopyAsync(response.Body).ConfigureAwait(false);
                    }

                    return offset + filled > start;
                },
                cancellationToken).ConfigureAwait(false);
            attempts = isAdvancing ? 0 : attempts + 1;
            if (attempts == MaxAttemptsWithoutProgress)
            {
                throw new CseException(
                    ErrorId.EndpointUnreachable, $"Reading {address} broke off {attempts} times at byte {offset + filled:N0}. Check the network.");
            }
        }

        async Task CopyAsync(Stream body)
        {
            using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            while (offset < end)
            {
                var target = buffer[..(int)Math.Min(buffer.Length, end - offset)];
                filled += await FillAsync(body, target[filled..], stall, cancellationToken).ConfigureAwait(false);
                if (filled < target.Length)
                {
                    return;
                }

                take(offset, target);
                offset += filled;
                filled = 0;
            }
        }
    }

    // Returns how many bytes came before the end, the cut or the stall.
    private async Task<int> FillAsync(Stream body, Memory<byte> target, CancellationTokenSource stall, CancellationToken cancellationToken)
    {
        var filled = 0;
        try
        {
            while (filled < target.Length)
            {
                stall.CancelAfter(scheduler.StallTimeout);
                var read = await body.ReadAsync(target[filled..], stall.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    break;
                }

                filled += read;
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // What came before is good; the caller asks for the rest.
        }

        return filled;
    }
}
