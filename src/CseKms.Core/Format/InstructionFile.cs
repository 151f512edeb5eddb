using System.Text;

namespace CseKms.Core.Format;

/// <summary>
/// An envelope, or with V3 a part of it, in an object of its own beside the encrypted one (specification: metadata-strategy,
/// "Instruction File"). Thread-safe.
/// </summary>
internal static class InstructionFile
{
    /// <summary>What its key adds to the key of the encrypted object.</summary>
    public const string Suffix = ".instruction";

    /// <summary>The longest one that is read, in bytes. Those of all clients have a few kilobytes.</summary>
    public const int MaxSize = 64 << 10;

    /// <summary>The key of an object's instruction file.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="suffix">What is added to it.</param>
    public static string KeyOf(string key, string suffix) => key + suffix;

    /// <summary>The key of the object that an instruction file belongs to, or <see langword="null"/> when the key is none of an instruction file.</summary>
    /// <param name="key">The instruction file's key. The suffix alone belongs to no object.</param>
    /// <param name="suffix">What was added to the object's key.</param>
    public static string? OwnerOf(string key, string suffix) =>
        key.Length > suffix.Length && key.EndsWith(suffix, StringComparison.Ordinal) ? key[..^suffix.Length] : null;

    /// <summary>Whether a value of an envelope goes into the instruction file when there is one, and not onto the object.</summary>
    public static bool Holds(string key) => !MetadataKeys.ObjectOnly.Contains(key);

    /// <summary>The bytes of an instruction file: JSON and nothing else.</summary>
    public static byte[] Encode(IReadOnlyDictionary<string, string> values) => Encoding.ASCII.GetBytes(StringMap.ToJson(values));

    /// <summary>Whether bytes are an instruction file that holds something.</summary>
    public static bool Is(ReadOnlySpan<byte> body)
    {
        try
        {
            return Decode(body).Count > 0;
        }
        catch (CseException)
        {
            return false;
        }
    }

    /// <summary>Reads an instruction file.</summary>
    /// <param name="body">Its bytes.</param>
    /// <returns>Its values, as in an object's user metadata. The plaintext's length, which the PHP client writes beside a key of V1 or V2, is left out.</returns>
    /// <exception cref="CseException"><see cref="ErrorId.EnvelopeInvalid"/>: it is no map of strings, or holds a key that has no place in it.</exception>
    public static IReadOnlyDictionary<string, string> Decode(ReadOnlySpan<byte> body)
    {
        if (!StringMap.TryParse(body, out var all, MetadataKeys.V2TagLength, MetadataKeys.UnencryptedContentLength))
        {
            throw Invalid("is not a JSON map of distinct strings");
        }

        var isOld = all.ContainsKey(MetadataKeys.V1Key) || all.ContainsKey(MetadataKeys.V2Key);
        var values = all.Where(pair => !(isOld && pair.Key == MetadataKeys.UnencryptedContentLength)).ToDictionary(StringComparer.Ordinal);
        foreach (var key in values.Keys)
        {
            if (!Holds(key))
            {
                throw Invalid($"holds {key}, which belongs to the object's metadata");
            }

            if (!MetadataKeys.Envelope.Contains(key))
            {
                throw Invalid($"holds '{key}', which is no part of an envelope");
            }
        }

        return values;
    }

    private static CseException Invalid(string problem) => new(ErrorId.EnvelopeInvalid, $"The object's instruction file {problem}.");
}
