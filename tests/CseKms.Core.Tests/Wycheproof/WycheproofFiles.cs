using System.Text.Json;

namespace CseKms.Core.Tests.Wycheproof;

/// <summary>
/// The test vectors of the project Wycheproof (github.com/C2SP/wycheproof, the folder testvectors_v1), which are read from where they are
/// and not kept here: the folder that CSEKMS_WYCHEPROOF names, or a folder wycheproof beside the repository.
/// </summary>
internal static class WycheproofFiles
{
    /// <summary>What a class of tests needs that reads them.</summary>
    public const string Name = "wycheproof";

    private static readonly Lazy<string?> Found = new(Find);

    /// <summary>Whether they are there.</summary>
    public static bool AreThere => Found.Value is not null;

    /// <summary>The groups of a file.</summary>
    public static IReadOnlyList<WycheproofGroup> Groups(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Found.Value!, $"{file}_test.json")));
        return [.. json.RootElement.GetProperty("testGroups").EnumerateArray().Select(group => new WycheproofGroup(group.Clone()))];
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("CSEKMS_WYCHEPROOF") is { Length: > 0 } named)
        {
            return named;
        }

        var repository = new DirectoryInfo(AppContext.BaseDirectory);
        while (repository is not null && !File.Exists(Path.Combine(repository.FullName, "CseKms.slnx")))
        {
            repository = repository.Parent;
        }

        return repository?.Parent is not { } beside ? null
            : new[] { Path.Combine(beside.FullName, Name), Path.Combine(beside.FullName, "shared", Name) }.FirstOrDefault(Directory.Exists);
    }
}

/// <summary>Cases that have sizes and a key in common.</summary>
internal sealed record WycheproofGroup(JsonElement Json)
{
    public IEnumerable<WycheproofCase> Cases => Json.GetProperty("tests").EnumerateArray().Select(test => new WycheproofCase(test));

    /// <summary>A length in bytes, which the file gives in bits.</summary>
    public int Bytes(string name) => Json.GetProperty(name).GetInt32() / 8;

    public byte[] Value(string name) => Convert.FromHexString(Json.GetProperty(name).GetString()!);
}

/// <summary>One case.</summary>
internal sealed record WycheproofCase(JsonElement Json)
{
    public string Result => Json.GetProperty("result").GetString()!;

    public bool IsValid => Result == "valid";

    public byte[] this[string name] => Convert.FromHexString(Json.GetProperty(name).GetString()!);

    public int Number(string name) => Json.GetProperty(name).GetInt32();

    public override string ToString() => $"case {Json.GetProperty("tcId")} ({Result}: {Json.GetProperty("comment").GetString()})";
}
