using System.Globalization;

namespace CseKms.Sandbox;

/// <summary>An MFA device. Each of its codes is good for one use, as in AWS.</summary>
public sealed class SandboxMfaDevice
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _uses = [];
    private int _count;

    internal SandboxMfaDevice(string name) => Serial = $"arn:aws:iam::{SandboxServer.AccountId}:mfa/{name}";

    /// <summary>The ARN that a profile gives as its <c>mfa_serial</c>.</summary>
    public string Serial { get; }

    /// <summary>A code that the device takes from now on: 000001, 000002 and so on, since zeros in front are easily lost.</summary>
    public string NextCode()
    {
        var code = Interlocked.Increment(ref _count).ToString("D6", CultureInfo.InvariantCulture);
        Expect(code);
        return code;
    }

    /// <summary>Lets the device take a code that the test names, up to <see cref="SandboxFaults.Always"/> times.</summary>
    public void Expect(string code, int times = 1)
    {
        lock (_lock)
        {
            _uses[code] = times;
        }
    }

    internal bool TryUse(string code)
    {
        lock (_lock)
        {
            if (_uses.GetValueOrDefault(code) == 0)
            {
                return false;
            }
            _uses[code]--;
            return true;
        }
    }
}
