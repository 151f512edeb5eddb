using System.Collections.Concurrent;

namespace CseKms.Core.Content;

/// <summary>
/// Arrays for whole parts, which all calls of the process use again: fresh ones for each call would double the memory until the garbage
/// collector looks. Nothing but the pool's weak references holds an idle one, so that the collector may have it. Thread-safe.
/// </summary>
internal static class PartBuffers
{
    private static readonly ConcurrentStack<WeakReference<byte[]>> Idle = new();

    /// <summary>An array of <see cref="Part.BufferSize"/> bytes.</summary>
    public static byte[] Take()
    {
        while (Idle.TryPop(out var reference))
        {
            if (reference.TryGetTarget(out var bytes))
            {
                return bytes;
            }
        }

        return GC.AllocateUninitializedArray<byte>(Part.BufferSize);
    }

    /// <summary>Takes an array back, which holds no plaintext any more.</summary>
    public static void Return(byte[] bytes) => Idle.Push(new WeakReference<byte[]>(bytes));
}
