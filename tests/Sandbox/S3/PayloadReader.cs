using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CseKms.Sandbox.Checksums;
using CseKms.Sandbox.SigV4;
using Microsoft.Win32.SafeHandles;

namespace CseKms.Sandbox.S3;

/// <summary>What was learnt of a body when it had been read to its end and found whole.</summary>
internal sealed record Payload(long Length, ChecksumAlgorithm? Algorithm, byte[]? Checksum, byte[]? Md5);

/// <summary>
/// Reads a request's body once: takes <c>aws-chunked</c> framing off, hashes what the client gave a hash for and nothing
/// else (but for an ETag that must be an MD5), and refuses the body when a hash, a chunk's signature or the length is wrong.
/// </summary>
internal sealed class PayloadReader(Exchange exchange) : IDisposable
{
    private const int BufferSize = 256 * 1024;
    private const int LongestLine = 16 * 1024;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private readonly PayloadKind _kind = new(exchange.Header("x-amz-content-sha256") ?? PayloadKind.Unsigned);
    private readonly List<Hasher> _hashers = [];
    private int _start;
    private int _end;
    private long _length;

    /// <summary>The length of the body without its framing; null when the client did not say.</summary>
    public static long? DeclaredLength(Exchange exchange) =>
        exchange.Header("x-amz-decoded-content-length") is { } decoded
            ? long.TryParse(decoded, NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null
            : exchange.Request.ContentLength;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _hashers.ForEach(hasher => hasher.Dispose());
    }

    public async Task<(Payload Payload, byte[] Bytes)> ReadSmallAsync(int limit = 16 * 1024 * 1024)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var payload = await ReadAsync(data =>
        {
            if (bytes.WrittenCount + data.Length > limit)
            {
                throw S3Errors.MalformedXml();
            }
            bytes.Write(data);
        });
        return (payload, bytes.WrittenSpan.ToArray());
    }

    public async Task<Payload> ReadToFileAsync(SafeFileHandle file, bool withMd5)
    {
        long offset = 0;
        return await ReadAsync(data =>
        {
            RandomAccess.Write(file, data, offset);
            offset += data.Length;
        }, withMd5);
    }

    private async Task<Payload> ReadAsync(SpanAction write, bool withMd5 = false)
    {
        var expected = ExpectedChecksum();
        var checksum = expected is null ? null : Begin(expected.Value.Algorithm.Begin());
        var sha256 = _kind.IsHash ? Begin(new PlatformHasher(HashAlgorithmName.SHA256)) : null;
        var givenMd5 = GivenMd5();
        var md5 = givenMd5 is null && !withMd5 ? null : Begin(new PlatformHasher(HashAlgorithmName.MD5));

        var trailer = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (_kind.IsChunked)
        {
            await ReadChunksAsync(write, trailer);
        }
        else
        {
            while (await FillAsync())
            {
                Consume(write, _end);
            }
        }

        if (DeclaredLength(exchange) is { } declared && declared != _length)
        {
            throw new AwsException(400, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header");
        }
        if (sha256?.Finish() is { } hash && Convert.ToHexStringLower(hash) is var computed && computed != _kind.Value)
        {
            throw new AwsException(
                400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.",
                ("ClientComputedContentSHA256", _kind.Value), ("S3ComputedContentSHA256", computed));
        }
        var computedMd5 = md5?.Finish();
        if (givenMd5 is not null && !computedMd5.AsSpan().SequenceEqual(givenMd5))
        {
            throw new AwsException(
                400, "BadDigest", "The Content-MD5 you specified did not match what we received.",
                ("ExpectedDigest", Convert.ToBase64String(givenMd5)), ("CalculatedDigest", Convert.ToBase64String(computedMd5!)));
        }
        if (expected is not { } wanted)
        {
            return new Payload(_length, null, null, computedMd5);
        }
        var value = wanted.Value ?? trailer.GetValueOrDefault(wanted.Algorithm.Header)
            ?? throw new AwsException(400, "MalformedTrailerError", "The request contained trailing data that was not well-formed or did not conform to our published schema.");
        var computedChecksum = checksum!.Finish();
        if (!ParseChecksum(wanted.Algorithm, value).AsSpan().SequenceEqual(computedChecksum))
        {
            throw S3Errors.BadDigest(wanted.Algorithm.Name);
        }
        return new Payload(_length, wanted.Algorithm, computedChecksum, computedMd5);
    }

    public static byte[] ParseChecksum(ChecksumAlgorithm algorithm, string value)
    {
        var bytes = new byte[algorithm.Length];
        return Convert.TryFromBase64String(value, bytes, out var length) && length == algorithm.Length
            ? bytes
            : throw S3Errors.InvalidRequest($"Value for {algorithm.Header} header is invalid.");
    }

    private Hasher Begin(Hasher hasher)
    {
        _hashers.Add(hasher);
        return hasher;
    }

    /// <summary>The checksum that the client promises, with its value unless that comes in the trailer.</summary>
    private (ChecksumAlgorithm Algorithm, string? Value)? ExpectedChecksum()
    {
        var given = new List<(ChecksumAlgorithm, string?)>();
        foreach (var algorithm in ChecksumAlgorithm.All)
        {
            if (exchange.Header(algorithm.Header) is { } value)
            {
                given.Add((algorithm, value));
            }
        }
        foreach (var name in (exchange.Header("x-amz-trailer") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!_kind.HasTrailer)
            {
                throw S3Errors.InvalidRequest("The value specified in the x-amz-trailer header needs a body that has a trailer.");
            }
            given.Add((ChecksumAlgorithm.OfHeader(name) ?? throw S3Errors.InvalidRequest("The value specified in the x-amz-trailer header is not supported"), null));
        }
        var announced = exchange.Header("x-amz-sdk-checksum-algorithm");
        return given switch
        {
            [] when announced is not null => throw S3Errors.InvalidRequest(
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found."),
            [] => null,
            [var one] when announced is null || one.Item1.Name.Equals(announced, StringComparison.OrdinalIgnoreCase) => one,
            [_] => throw S3Errors.InvalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid."),
            _ => throw S3Errors.InvalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."),
        };
    }

    private byte[]? GivenMd5()
    {
        if (exchange.Header("Content-MD5") is not { } text)
        {
            return null;
        }
        var md5 = new byte[16];
        return Convert.TryFromBase64String(text, md5, out var length) && length == 16
            ? md5
            : throw new AwsException(400, "InvalidDigest", "The Content-MD5 you specified is not valid.");
    }

    private async Task ReadChunksAsync(SpanAction write, Dictionary<string, string> trailer)
    {
        using var signatures = _kind.HasSignedChunks ? new ChunkSignatures(exchange.Signer) : null;
        while (true)
        {
            var header = (await ReadLineAsync() ?? throw Incomplete()).Split(';', 2);
            if (!long.TryParse(header[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size) || size < 0)
            {
                throw Incomplete();
            }
            for (var left = size; left > 0;)
            {
                if (_start == _end && !await FillAsync())
                {
                    throw Incomplete();
                }
                var count = (int)Math.Min(left, _end - _start);
                signatures?.Append(_buffer.AsSpan(_start, count));
                Consume(write, _start + count);
                left -= count;
            }
            if (signatures is not null)
            {
                var signature = header.ElementAtOrDefault(1)?.Split('=', 2) is ["chunk-signature", var given] ? given : "";
                CheckSignature(signatures.EndChunk(signature));
            }
            if (size == 0)
            {
                await ReadTrailerAsync(trailer, signatures);
                return;
            }
            if (await ReadLineAsync() is not "")
            {
                throw Incomplete();
            }
        }
    }

    private async Task ReadTrailerAsync(Dictionary<string, string> trailer, ChunkSignatures? signatures)
    {
        var canonical = new StringBuilder();
        string? signature = null;
        while (await ReadLineAsync() is { Length: > 0 } line)
        {
            var field = line.Split(':', 2, StringSplitOptions.TrimEntries);
            if (field.Length != 2)
            {
                throw Incomplete();
            }
            if (field[0].Equals("x-amz-trailer-signature", StringComparison.OrdinalIgnoreCase))
            {
                signature = field[1];
                continue;
            }
            trailer[field[0]] = field[1];
            canonical.Append(field[0].ToLowerInvariant()).Append(':').Append(field[1]).Append('\n');
        }
        if (signatures is not null && _kind.HasTrailer)
        {
            CheckSignature(signatures.EndTrailer(canonical.ToString(), signature ?? ""));
        }
        while (await FillAsync())
        {
            // What follows the framing is no part of the body.
            _start = _end;
        }
    }

    private static void CheckSignature(bool right)
    {
        if (!right)
        {
            throw new AwsException(
                403, "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your key and signing method.");
        }
    }

    private static AwsException Incomplete() =>
        new(400, "IncompleteBody", "The request body terminated unexpectedly");

    private void Consume(SpanAction write, int end)
    {
        ReadOnlySpan<byte> data = _buffer.AsSpan(_start, end - _start);
        foreach (var hasher in _hashers)
        {
            hasher.Append(data);
        }
        write(data);
        _length += data.Length;
        _start = end;
    }

    private async Task<string?> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_start == _end && !await FillAsync())
            {
                return line.Length == 0 ? null : throw Incomplete();
            }
            var feed = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            var stop = feed < 0 ? _end : _start + feed;
            line.Append(Encoding.Latin1.GetString(_buffer, _start, stop - _start));
            _start = feed < 0 ? _end : stop + 1;
            if (feed >= 0)
            {
                return line.Length > 0 && line[^1] == '\r' ? line.ToString(0, line.Length - 1) : throw Incomplete();
            }
            if (line.Length > LongestLine)
            {
                throw Incomplete();
            }
        }
    }

    private async ValueTask<bool> FillAsync()
    {
        _start = 0;
        _end = await exchange.Request.Body.ReadAsync(_buffer.AsMemory(0, BufferSize), exchange.Aborted);
        return _end > 0;
    }

    private delegate void SpanAction(ReadOnlySpan<byte> data);
}
