using System.Globalization;

namespace CseKms.Sandbox;

/// <summary>
/// A fault in words, for a command line: the name of its kind, then the operations or the service that it strikes, then how often.
/// <c>throttled kms above=50</c>, <c>503 s3 30s</c>, <c>denied PutObject,UploadPart 40%</c>, <c>silent ListObjectsV2 only=2</c>.
/// </summary>
internal static class FaultText
{
    public const string Usage = """
        NAME [SERVICE|OPERATION,…|*] [always | first=N | only=N | from=N | each=N | SECONDSs | PERCENT% | above=RATE]
        """;

    /// <exception cref="FormatException">These are not the words of a fault.</exception>
    public static void Add(SandboxFaults faults, string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is 0 or > 3)
        {
            throw new FormatException($"'{text}' is no fault: {Usage}");
        }
        FaultAction action;
        try
        {
            action = NamedFault.Named(words[0]).Action();
        }
        catch (KeyNotFoundException e)
        {
            throw new FormatException(e.Message, e);
        }
        var targets = words.ElementAtOrDefault(1)?.Split(',') ?? ["*"];
        faults.Add(r => targets.Any(target => target == "*" || target == r.Service || target == r.Operation), action, Limit(words.ElementAtOrDefault(2) ?? "always"));
    }

    private static FaultLimit Limit(string text)
    {
        var (name, value) = text.Split('=', 2) is [var before, var after] ? (before, after) : (text, "");
        return name switch
        {
            "always" => SandboxFaults.Always,
            "first" => FaultLimit.First(Int(value)),
            "only" => FaultLimit.Only(Int(value)),
            "from" => FaultLimit.From(Int(value)),
            "each" => FaultLimit.FirstOfEachKey(Int(value)),
            "above" => FaultLimit.Above(Number(value)),
            [.. var percent, '%'] => FaultLimit.Chance(Number(percent) / 100, seed: 1),
            [.. var seconds, 's'] => FaultLimit.For(TimeSpan.FromSeconds(Number(seconds))),
            _ => throw new FormatException($"'{text}' does not say how often: {Usage}"),
        };
    }

    private static int Int(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
