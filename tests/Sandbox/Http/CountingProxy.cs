using System.Net;
using System.Net.Sockets;
using System.Text;
using CseKms.Sandbox.Http;

namespace CseKms.Sandbox;

/// <summary>
/// An HTTP proxy on loopback that counts what goes through it: requests in the absolute form, one a connection, and
/// CONNECT tunnels.
/// </summary>
public sealed class CountingProxy : IAsyncDisposable
{
    private const int LongestHead = 64 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly string? _authorization;
    private readonly Task _accepting;
    private int _requests;
    private int _tunnels;
    private int _refusals;

    private CountingProxy(string? userName, string? password)
    {
        _authorization = userName is null ? null : "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{userName}:{password}"));
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Plain requests that were passed on.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Tunnels that were opened; what goes through them, the proxy cannot tell.</summary>
    public int Tunnels => Volatile.Read(ref _tunnels);

    /// <summary>What was answered 407 for want of the right user name and password.</summary>
    public int Refusals => Volatile.Read(ref _refusals);

    /// <param name="userName">Given, a client must authenticate (Basic).</param>
    /// <param name="password">The user's.</param>
    public static CountingProxy Start(string? userName = null, string? password = null) => new(userName, password);

    public async ValueTask DisposeAsync()
    {
        if (_ended.IsCancellationRequested)
        {
            return;
        }
        await _ended.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_ended.Token);
                open.RemoveAll(task => task.IsCompleted);
                open.Add(ServeAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var closing = client;
        client.NoDelay = true;
        try
        {
            await ServeAsync(client.GetStream());
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // Either side may go whenever it likes.
        }
    }

    private async Task ServeAsync(NetworkStream client)
    {
        var (head, next) = await ReadHeadAsync(client);
        if (head is not [var requestLine, .. var headers] || requestLine.Split(' ') is not [var method, var target, var version])
        {
            await ReplyAsync(client, "400 Bad Request");
        }
        else if (_authorization is not null && !headers.Any(h => ValueOf(h, "Proxy-Authorization") == _authorization))
        {
            Interlocked.Increment(ref _refusals);
            await ReplyAsync(client, "407 Proxy Authentication Required", "Proxy-Authenticate: Basic realm=\"proxy\"");
        }
        else if (!Uri.TryCreate(method == "CONNECT" ? $"tunnel://{target}" : target, UriKind.Absolute, out var uri) || uri.Port < 0)
        {
            await ReplyAsync(client, "400 Bad Request");
        }
        else
        {
            using var connection = new TcpClient { NoDelay = true };
            if (!await ConnectAsync(connection, uri))
            {
                await ReplyAsync(client, "502 Bad Gateway");
                return;
            }
            var server = connection.GetStream();
            if (method == "CONNECT")
            {
                Interlocked.Increment(ref _tunnels);
                await WriteAsync(client, $"{version} 200 Connection established\r\n\r\n");
            }
            else
            {
                Interlocked.Increment(ref _requests);
                // Closed after its answer, since this proxy reads one head a connection.
                var kept = headers.Where(h => ValueOf(h, "Connection") is null && !h.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase));
                await WriteAsync(
                    server, string.Join("\r\n", [$"{method} {RawTarget.Origin(target)} {version}", .. kept, "Connection: close", "", ""]));
            }
            await server.WriteAsync(next, _ended.Token);
            await PumpAsync(client, server, untilAnswered: method != "CONNECT");
        }
    }

    /// <summary>The lines of the head, and what came after it already.</summary>
    private async Task<(string[] Head, byte[] Next)> ReadHeadAsync(NetworkStream client)
    {
        var buffer = new byte[LongestHead];
        var length = 0;
        while (length < buffer.Length)
        {
            var count = await client.ReadAsync(buffer.AsMemory(length), _ended.Token);
            length += count;
            var end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                // Latin-1 keeps every byte as it is.
                return (Encoding.Latin1.GetString(buffer, 0, end).Split("\r\n"), buffer[(end + 4)..length]);
            }
            if (count == 0)
            {
                break;
            }
        }
        return ([], []);
    }

    private async Task<bool> ConnectAsync(TcpClient connection, Uri uri)
    {
        // Not every resolver knows that bucket.localhost is this machine.
        var isLocal = uri.Host.EndsWith("localhost", StringComparison.OrdinalIgnoreCase);
        try
        {
            await connection.ConnectAsync(isLocal ? "127.0.0.1" : uri.Host, uri.Port, _ended.Token);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task PumpAsync(NetworkStream client, NetworkStream server, bool untilAnswered)
    {
        var up = CopyAsync(client, server);
        await CopyAsync(server, client);
        if (untilAnswered)
        {
            client.Socket.Close();
        }
        await up;
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        try
        {
            await from.CopyToAsync(to, _ended.Token);
            to.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // A connection that breaks on one side breaks on the other.
            from.Socket.Close();
            to.Socket.Close();
        }
    }

    private async Task ReplyAsync(NetworkStream client, string status, params string[] headers)
    {
        await WriteAsync(client, string.Join("\r\n", [$"HTTP/1.1 {status}", .. headers, "Content-Length: 0", "Connection: close", "", ""]));
        client.Socket.Shutdown(SocketShutdown.Send);
        // What the client still sends is read, so that it gets to the answer instead of a broken pipe.
        await client.CopyToAsync(Stream.Null, _ended.Token);
    }

    private ValueTask WriteAsync(NetworkStream stream, string text) => stream.WriteAsync(Encoding.Latin1.GetBytes(text), _ended.Token);

    private static string? ValueOf(string header, string name) =>
        header.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase) ? header[(name.Length + 1)..].Trim() : null;
}
