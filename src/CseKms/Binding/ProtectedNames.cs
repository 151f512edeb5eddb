namespace CseKms.Binding;

/// <summary>How files are called that are encrypted beside their source.</summary>
internal static class ProtectedNames
{
    private const string Ciphertext = ".cse";
    private const string Envelope = ".json";

    /// <summary>The ciphertext of a file.</summary>
    public static string CiphertextOf(string plaintext) => plaintext + Ciphertext;

    /// <summary>The envelope of a ciphertext.</summary>
    public static string EnvelopeOf(string ciphertext) => ciphertext + Envelope;

    /// <summary>The file that a ciphertext was made of, or <see langword="null"/> when its name does not tell.</summary>
    public static string? PlaintextOf(string ciphertext) =>
        ciphertext.EndsWith(Ciphertext, StringComparison.OrdinalIgnoreCase) && Path.GetFileName(ciphertext).Length > Ciphertext.Length
            ? ciphertext[..^Ciphertext.Length]
            : null;

    /// <summary>Whether a file is called like the envelope of a ciphertext.</summary>
    public static bool IsEnvelope(string path) => path.EndsWith(Ciphertext + Envelope, StringComparison.OrdinalIgnoreCase);
}
