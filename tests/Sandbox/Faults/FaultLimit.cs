using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace CseKms.Sandbox;

/// <summary>
/// Which of the requests that match a fault it strikes. One belongs to one fault, since it counts. A number alone is
/// <see cref="First"/>.
/// </summary>
public abstract class FaultLimit
{
    private FaultLimit()
    {
    }

    public static implicit operator FaultLimit(int times) => First(times);

    /// <summary>The first so many.</summary>
    public static FaultLimit First(int times) => new Counted(number => number <= times);

    /// <summary>One alone, counted from 1.</summary>
    public static FaultLimit Only(int number) => new Counted(n => n == number);

    /// <summary>This one, counted from 1, and all after it.</summary>
    public static FaultLimit From(int number) => new Counted(n => n >= number);

    /// <summary>The first so many of each key.</summary>
    public static FaultLimit FirstOfEachKey(int times) => new CountedByKey(times);

    /// <summary>From the first one on for so long: an outage.</summary>
    public static FaultLimit For(TimeSpan time) => new Timed(time);

    /// <summary>Each with this probability. The same seed strikes the same requests, however they race each other.</summary>
    /// <param name="probability">Between 0 and 1.</param>
    /// <param name="seed">Another seed, another choice.</param>
    public static FaultLimit Chance(double probability, int seed) => new Random(probability, seed);

    /// <summary>All beyond a rate, as a service that throttles.</summary>
    /// <param name="rate">Requests a second that pass in the long run.</param>
    /// <param name="burst">Requests that pass at once after a pause; as many as in one second unless told otherwise.</param>
    public static FaultLimit Above(double rate, double? burst = null) => new Bucket(rate, burst ?? rate);

    /// <summary>Whether this request is struck; asked of one matching request after the other.</summary>
    internal abstract bool Admits(SandboxRequest request, TimeProvider clock);

    private sealed class Counted(Func<int, bool> admits) : FaultLimit
    {
        private int _number;

        internal override bool Admits(SandboxRequest request, TimeProvider clock) => admits(++_number);
    }

    private sealed class CountedByKey(int times) : FaultLimit
    {
        private readonly Dictionary<(string?, string?), int> _counts = [];

        internal override bool Admits(SandboxRequest request, TimeProvider clock)
        {
            var key = (request.Bucket, request.Key);
            return (_counts[key] = _counts.GetValueOrDefault(key) + 1) <= times;
        }
    }

    private sealed class Timed(TimeSpan time) : FaultLimit
    {
        private long? _start;

        internal override bool Admits(SandboxRequest request, TimeProvider clock) =>
            clock.GetElapsedTime(_start ??= clock.GetTimestamp()) < time;
    }

    private sealed class Random(double probability, int seed) : FaultLimit
    {
        private readonly Dictionary<string, int> _counts = [];

        internal override bool Admits(SandboxRequest request, TimeProvider clock)
        {
            // Not a sequence of random numbers, which would fall to requests in the order of their arrival.
            var name = $"{request.Operation} {request.Key} {request.PartNumber} {request.Range}";
            var count = _counts[name] = _counts.GetValueOrDefault(name) + 1;
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{seed} {name} {count}"));
            return BinaryPrimitives.ReadUInt32LittleEndian(hash) < probability * uint.MaxValue;
        }
    }

    private sealed class Bucket(double rate, double size) : FaultLimit
    {
        private readonly double _size = size;
        private double _tokens = size;
        private long? _last;

        internal override bool Admits(SandboxRequest request, TimeProvider clock)
        {
            var now = clock.GetTimestamp();
            _tokens = Math.Min(_size, _tokens + (rate * clock.GetElapsedTime(_last ?? now, now).TotalSeconds));
            _last = now;
            if (_tokens < 1)
            {
                return true;
            }
            _tokens--;
            return false;
        }
    }
}
