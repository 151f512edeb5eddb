using CseKms.Core.Aws;
using CseKms.Core.Content;

namespace CseKms.Core.Transfer;

/// <summary>
/// One stored object as its first answer told of it. All further reads are held to its ETag and version; a range that is cut off or
/// stalls is asked for again from where it stopped. Thread-safe.
/// </summary>
internal sealed class RemoteObject : IStoredObject
{
    private const int MaxAttemptsWithoutProgress = 4;

    // A few bytes an attempt would go on for ever.
    private const int LeastProgress = 64 << 10;

    private readonly TransferScheduler _scheduler;
    private long _bytesRead;

    private RemoteObject(TransferScheduler scheduler, ObjectAddress address, ObjectHead head)
    {
        _scheduler = scheduler;
        ExactAddress = head.VersionId is { } version ? address with { VersionId = version } : address;
        Address = address;
        Head = head;
    }

    /// <summary>The object as the caller named it.</summary>
    public ObjectAddress Address { get; }

    /// <summary>The object, and the version of it that was found, where it has one.</summary>
    public ObjectAddress ExactAddress { get; }

    /// <summary>Its size, ETag, version and metadata.</summary>
    public ObjectHead Head { get; }

    /// <summary>Bytes of it that were read so far; those that were read twice count twice.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>Whether there is an object.</summary>
    public static async Task<bool> ExistsAsync(TransferScheduler scheduler, ObjectAddress address, CancellationToken cancellationToken)
    {
        try
        {
            await FindAsync(scheduler, address, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (CseException failure) when (failure.ErrorId is ErrorId.NoSuchKey or ErrorId.DeleteMarker)
        {
            return false;
        }
    }

    /// <summary>Asks for an object without reading it.</summary>
    public static async Task<RemoteObject> FindAsync(TransferScheduler scheduler, ObjectAddress address, CancellationToken cancellationToken)
    {
        var head = await scheduler.RequestAsync(s3 => s3.HeadAsync(address, cancellationToken), cancellationToken).ConfigureAwait(false);
        return new RemoteObject(scheduler, address, head);
    }

    /// <summary>Reads the beginning of an object, whose size is not known yet.</summary>
    /// <param name="scheduler">Sends the requests.</param>
    /// <param name="address">The object.</param>
    /// <param name="wanted">Bytes to ask for.</param>
    /// <param name="buffer">Receives them; shrunk to what there is.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <returns>The object and how many of its bytes were read; <see langword="null"/> when it has none.</returns>
    public static Task<(RemoteObject Remote, int Length)?> ReadFirstAsync(
        TransferScheduler scheduler, ObjectAddress address, int wanted, TransferBuffer buffer, CancellationToken cancellationToken)
    {
        return ReadAsync(
            scheduler, address, s3 => s3.GetRangeAsync(address, 0, wanted - 1, etag: null, cancellationToken), Room, cancellationToken);

        Memory<byte> Room(int length)
        {
            buffer.Shrink(length);
            return buffer.Bytes;
        }
    }

    /// <summary>Reads the end of an object, whose size is not known yet.</summary>
    /// <param name="scheduler">Sends the requests.</param>
    /// <param name="address">The object.</param>
    /// <param name="buffer">Receives as many bytes as it holds, or as there are.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <returns>The object; <see langword="null"/> when it has no byte.</returns>
    public static async Task<RemoteObject?> ReadLastAsync(
        TransferScheduler scheduler, ObjectAddress address, Memory<byte> buffer, CancellationToken cancellationToken) =>
        (await ReadAsync(
            scheduler,
            address,
            s3 => s3.GetLastAsync(address, buffer.Length, cancellationToken),
            length => buffer[..length],
            cancellationToken).ConfigureAwait(false))?.Remote;

    private static async Task<(RemoteObject Remote, int Length)?> ReadAsync(
        TransferScheduler scheduler,
        ObjectAddress address,
        Func<S3Gateway, Task<RangeResponse?>> get,
        Func<int, Memory<byte>> room,
        CancellationToken cancellationToken)
    {
        var answer = await scheduler.RequestAsync(
            async Task<(ObjectHead Head, long First, Memory<byte> Target, int Read)?> (s3) =>
            {
                if (await get(s3).ConfigureAwait(false) is not { } response)
                {
                    return null;
                }

                using (response.Body)
                {
                    var target = room(response.Length);
                    return (response.Head, response.First, target, await FillAsync(response.Body, target, cancellationToken).ConfigureAwait(false));
                }
            },
            cancellationToken).ConfigureAwait(false);
        if (answer is not var (head, first, target, read))
        {
            return null;
        }

        var remote = new RemoteObject(scheduler, address, head) { _bytesRead = read };
        await remote.ReadAsync(first + read, target[read..], cancellationToken).ConfigureAwait(false);
        return (remote, target.Length);
    }

    /// <summary>Fills <paramref name="target"/> with the object's bytes from <paramref name="offset"/> on.</summary>
    /// <inheritdoc cref="ReadAsync(long, Memory{byte}, long, Action{long, Memory{byte}}, CancellationToken)" path="/exception"/>
    public Task ReadAsync(long offset, Memory<byte> target, CancellationToken cancellationToken) =>
        ReadAsync(offset, target, target.Length, static (_, _) => { }, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="CseException"><see cref="ErrorId.ObjectChanged"/>, <see cref="ErrorId.BodyIncomplete"/>, or what S3 answers.</exception>
    public async Task ReadAsync(long offset, Memory<byte> buffer, long length, Action<long, Memory<byte>> take, CancellationToken cancellationToken)
    {
        var end = offset + length;
        var filled = 0;
        for (var attempts = 0; offset + filled < end;)
        {
            var start = offset + filled;
            await _scheduler.RequestAsync(
                async s3 =>
                {
                    using var body = await OpenAsync(s3, start, end, cancellationToken).ConfigureAwait(false);
                    await CopyAsync(body).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
            attempts = offset + filled - start >= LeastProgress ? 0 : attempts + 1;
            if (attempts == MaxAttemptsWithoutProgress && offset + filled < end)
            {
                throw new CseException(
                    ErrorId.BodyIncomplete, $"Reading {Address} broke off {attempts} times at byte {offset + filled:N0} of {Head.Size:N0}.");
            }
        }

        async Task CopyAsync(Stream body)
        {
            while (offset < end)
            {
                var target = buffer[..(int)Math.Min(buffer.Length, end - offset)];
                var read = await FillAsync(body, target[filled..], cancellationToken).ConfigureAwait(false);
                Interlocked.Add(ref _bytesRead, read);
                filled += read;
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

    /// <summary>The error of an object that is not what it was.</summary>
    public CseException Changed() => new(ErrorId.ObjectChanged, $"The object {Address} changed while it was read.");

    // Returns how many bytes came before the end, the cut or the stall: they are good, and the caller asks for the rest.
    private static async Task<int> FillAsync(Stream body, Memory<byte> target, CancellationToken cancellationToken)
    {
        var filled = 0;
        try
        {
            while (filled < target.Length && await body.ReadAsync(target[filled..], cancellationToken).ConfigureAwait(false) is > 0 and var read)
            {
                filled += read;
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException or TimeoutException && !cancellationToken.IsCancellationRequested)
        {
        }

        return filled;
    }

    private async Task<Stream> OpenAsync(S3Gateway s3, long start, long end, CancellationToken cancellationToken)
    {
        var response = await s3.GetRangeAsync(ExactAddress, start, end - 1, Head.ETag, cancellationToken).ConfigureAwait(false);
        if (response is not null && response.Head.Size == Head.Size && EntityTag.Same(response.Head.ETag, Head.ETag) && response.Head.LastModified == Head.LastModified)
        {
            return response.Body;
        }

        response?.Body.Dispose();
        throw Changed();
    }
}
