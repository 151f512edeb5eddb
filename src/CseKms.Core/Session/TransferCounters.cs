namespace CseKms.Core.Session;

/// <summary>Counts what went through a client. Thread-safe.</summary>
internal sealed class TransferCounters
{
    private long _objectsSent;
    private long _objectsReceived;
    private long _bytesSent;
    private long _bytesReceived;

    public long ObjectsSent => Interlocked.Read(ref _objectsSent);

    public long ObjectsReceived => Interlocked.Read(ref _objectsReceived);

    public long BytesSent => Interlocked.Read(ref _bytesSent);

    public long BytesReceived => Interlocked.Read(ref _bytesReceived);

    public void Sent(long bytes)
    {
        Interlocked.Increment(ref _objectsSent);
        Interlocked.Add(ref _bytesSent, bytes);
    }

    public void Received(long bytes)
    {
        Interlocked.Increment(ref _objectsReceived);
        Interlocked.Add(ref _bytesReceived, bytes);
    }
}
