using System.Diagnostics;
using System.Globalization;
using System.Text;
using Xunit;

namespace CseKms.Tests.Shared;

/// <summary>
/// The same 20,000 cases each time, or for CSEKMS_FUZZ_SECONDS others each time. A case is its seed; CSEKMS_FUZZ_SEED runs one again.
/// </summary>
public static class Fuzz
{
    private static readonly string[] Spice =
    [
        "", " ", "\0", "\n", "/", "//", "..", ".", "\\", ":", "=", "==", "?", "\"", "{", "}", "[", "]", ",", "null", "{}", "[]", "\\u0000", "\\ud800",
        "=?UTF-8?B?6YOo?=", "=?UTF-8?Q?=C3=A9?=", "=?UTF-8?Q?=C3?=", "=?UTF-7?Q?a?=", "é", "\u0080", "ÿ", "部", "🔐", "\uD800", "\uDFFF", "\uFEFF", "AAAA", "AA==", "-1", "0",
        "128", "115", "12", "02", "22", "kms", "kms+context", "AES/GCM", "AESWrap", "AES/GCM/NoPadding", "AES/CBC/PKCS5Padding",
        "CON", "nul", "COM¹", "a.", "a ", "C:", "file:stream", "99999999999999999999",
    ];

    /// <summary>Runs the cases and returns how many there were.</summary>
    public static int Run(Action<Random> one)
    {
        if (Environment.GetEnvironmentVariable("CSEKMS_FUZZ_SEED") is { Length: > 0 } given)
        {
            one(new Random(int.Parse(given, CultureInfo.InvariantCulture)));
            return 1;
        }

        int? seconds = Environment.GetEnvironmentVariable("CSEKMS_FUZZ_SECONDS") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
        var (clock, count) = (Stopwatch.StartNew(), 0);
        for (; seconds is null ? count < 20_000 : clock.Elapsed.TotalSeconds < seconds; count++)
        {
            var seed = seconds is null ? count : Random.Shared.Next();
            try
            {
                one(new Random(seed));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"The case of CSEKMS_FUZZ_SEED={seed}: {e.Message}", e);
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{count:N0} cases in {clock.Elapsed.TotalSeconds:0} s");
        return count;
    }

    public static T One<T>(this Random random, IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];

    /// <summary>A text that has little to do with anything.</summary>
    public static string Text(this Random random, int maxPieces = 6)
    {
        var text = new StringBuilder();
        for (var pieces = random.Next(maxPieces + 1); pieces > 0; pieces--)
        {
            text.Append(random.Next(3) == 0 ? new string((char)random.Next(0x21, 0x7F), random.Next(1, 4)) : random.One(Spice));
        }

        return text.ToString();
    }

    /// <summary>A text that was changed somewhere.</summary>
    public static string Changed(this Random random, string text)
    {
        var (start, length) = (random.Next(text.Length + 1), random.Next(4));
        var rest = text[Math.Min(text.Length, start + length)..];
        return random.Next(8) switch
        {
            0 => random.Text(),
            1 => text[..start],
            2 => text + text,
            3 => text[..start] + rest,
            4 => text[..start] + (char)random.Next(0x300) + rest,
            5 => text[..start] + string.Concat(Enumerable.Repeat(random.One(Spice), random.Next(300))) + text[start..],
            _ => text[..start] + random.One(Spice) + rest,
        };
    }
}
