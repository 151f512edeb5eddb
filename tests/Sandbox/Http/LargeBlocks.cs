using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace CseKms.Sandbox.Http;

/// <summary>
/// Blocks of 64 KiB for Kestrel, which reads its sockets one block at a time: with its own of 4 KiB, system calls would
/// take most of the time of a large upload.
/// </summary>
internal sealed class LargeBlocks : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    private const int BlockSize = 64 * 1024;

    public override int MaxBufferSize => Shared.MaxBufferSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => Shared.Rent(Math.Max(minBufferSize, BlockSize));

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    protected override void Dispose(bool disposing)
    {
    }
}
