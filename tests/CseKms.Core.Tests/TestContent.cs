namespace CseKms.Core.Tests;

/// <summary>Bytes that are the same in each run and alike nowhere.</summary>
internal static class TestContent
{
    public static byte[] Of(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
