namespace CseKms.Core.Format;

/// <summary>
/// Strict look-ups in what holds an envelope: the object's metadata, whose names know no case, and its instruction file. An empty
/// value equals an absent key.
/// </summary>
internal sealed class EnvelopeReader(
    IReadOnlyDictionary<string, string> objectValues, IReadOnlyDictionary<string, string>? instructionValues = null)
{
    private readonly Dictionary<string, string> _values = new(objectValues, StringComparer.OrdinalIgnoreCase);

    public bool Has(string key) => Optional(key) is not null;

    public bool HasAny(IEnumerable<string> keys) => keys.Any(Has);

    public string? Optional(string key) => OnObject(key) ?? InInstructionFile(key);

    /// <exception cref="CseException"><see cref="ErrorId.EnvelopeInvalid"/>: the key is absent or empty.</exception>
    public string Required(string key) => Optional(key) ?? throw Invalid(key, "is missing");

    /// <summary>A value in the standard, padded base64 alphabet.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.EnvelopeInvalid"/>.</exception>
    public byte[] Base64(string key)
    {
        var text = Required(key);
        var bytes = new byte[text.Length];

        // The framework passes over white space and stray bits in the last character; only the exact form is taken here.
        return Convert.TryFromBase64String(text, bytes, out var length) && Convert.ToBase64String(bytes, 0, length) == text
            ? bytes[..length]
            : throw Invalid(key, "is not base64");
    }

    /// <summary>A JSON map of strings, empty when the key is absent.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.EnvelopeInvalid"/>.</exception>
    public IReadOnlyDictionary<string, string> Map(string key) =>
        Json(key) is not { } json ? StringMap.Empty
        : StringMap.TryParse(json, out var map) ? map
        : throw Invalid(key, "is not a JSON map of distinct strings");

    /// <summary>The same for a description that binds nothing: JSON of any other kind equals an empty map.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.EnvelopeInvalid"/>: it is no JSON.</exception>
    public IReadOnlyDictionary<string, string> MapOrOtherJson(string key) =>
        Json(key) is not { } json ? StringMap.Empty
        : StringMap.TryParse(json, out var map) ? map
        : StringMap.IsJson(json) ? StringMap.Empty
        : throw Invalid(key, "is not JSON");

    /// <summary>Checks an IV or message id: its length, and that it is not all zero.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.EnvelopeInvalid"/>.</exception>
    public static byte[] Nonce(string key, byte[] nonce, int length) =>
        nonce.Length != length ? throw Invalid(key, $"must be {length} bytes and is {nonce.Length}")
        : nonce.AsSpan().ContainsAnyExcept((byte)0) ? nonce
        : throw Invalid(key, "is all zero");

    public static CseException Invalid(string key, string problem) =>
        new(ErrorId.EnvelopeInvalid, $"The object's envelope is damaged: {key} {problem}.");

    private string? Json(string key) => OnObject(key) is { } text ? MetadataText.Decode(text) : InInstructionFile(key);

    private string? OnObject(string key) => _values.TryGetValue(key, out var value) && value.Length > 0 ? value : null;

    private string? InInstructionFile(string key) =>
        instructionValues is not null && instructionValues.TryGetValue(key, out var value) && value.Length > 0 ? value : null;
}
