using System.Text.Encodings.Web;
using System.Text.Json;

namespace CseKms.Core.Format;

/// <summary>
/// An envelope in a file beside the ciphertext, in the form in which <c>aws s3api head-object</c> prints an object: JSON with a map
/// <c>Metadata</c>. What other tools print of an object, and instruction files, are read too.
/// </summary>
internal static class EnvelopeFile
{
    /// <summary>The longest one that is read, in bytes.</summary>
    public const int MaxSize = 256 << 10;

    private const string Metadata = "Metadata";
    private const string HeaderPrefix = "x-amz-meta-";

    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The bytes of such a file.</summary>
    /// <param name="envelope">The envelope's values.</param>
    /// <param name="size">Bytes of the ciphertext.</param>
    public static byte[] Encode(IReadOnlyDictionary<string, string> envelope, long size)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json, Readable))
        {
            writer.WriteStartObject();
            writer.WriteNumber("ContentLength", size);
            writer.WriteStartObject(Metadata);
            foreach (var (name, value) in envelope)
            {
                writer.WriteString(name, value);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        json.WriteByte((byte)'\n');
        return json.ToArray();
    }

    /// <summary>Reads what files tell of one envelope: one that has all of it, or one of the object and its instruction file.</summary>
    /// <param name="files">Their bytes.</param>
    /// <exception cref="CseException">
    /// <see cref="ErrorId.NotEncrypted"/> when there is no envelope in them; <see cref="ErrorId.EnvelopeInvalid"/> and others for one that is
    /// not as it must be.
    /// </exception>
    public static ContentMetadata Decode(IEnumerable<byte[]> files)
    {
        IReadOnlyDictionary<string, string>? onObject = null, inInstructionFile = null;
        foreach (var file in files)
        {
            var values = ObjectValues(file);
            if (values is null ? inInstructionFile is not null : onObject is not null)
            {
                throw Invalid("Two of the envelope files tell of the same.");
            }

            (onObject, inInstructionFile) = values is null ? (onObject, InstructionFile.Decode(file)) : (values, inInstructionFile);
        }

        return ContentMetadataCodec.Decode(onObject ?? StringMap.Empty, inInstructionFile)
            ?? throw new CseException(ErrorId.NotEncrypted, "The envelope file holds no envelope: its object was not encrypted in the client.");
    }

    // The user metadata that a file tells of, or nothing when it is an instruction file.
    private static Dictionary<string, string>? ObjectValues(byte[] file)
    {
        try
        {
            using var json = JsonDocument.Parse(WithoutMark(file));
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Invalid("The envelope file is no JSON object.");
            }

            var maps = json.RootElement.EnumerateObject().Where(member => member.Name.Equals(Metadata, StringComparison.OrdinalIgnoreCase)).ToArray();
            return maps.Length switch
            {
                0 => IsBareMetadata(json.RootElement) ? Values(json.RootElement) : null,
                1 when maps[0].Value.ValueKind == JsonValueKind.Object => Values(maps[0].Value),
                _ => throw Invalid($"The envelope file has no map of the name {Metadata}, or two."),
            };
        }
        catch (JsonException e)
        {
            throw new CseException(ErrorId.EnvelopeInvalid, "The envelope file is no JSON.", e);
        }
    }

    // A map of names that do not all belong into an instruction file.
    private static bool IsBareMetadata(JsonElement root) => root.EnumerateObject().Any(
        member => member.Name != MetadataKeys.UnencryptedContentLength
            && !(MetadataKeys.Envelope.Contains(member.Name) && InstructionFile.Holds(member.Name)));

    private static Dictionary<string, string> Values(JsonElement map)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var member in map.EnumerateObject())
        {
            var name = member.Name.StartsWith(HeaderPrefix, StringComparison.OrdinalIgnoreCase) ? member.Name[HeaderPrefix.Length..] : member.Name;
            if (member.Value.ValueKind != JsonValueKind.String)
            {
                throw Invalid($"In the envelope file '{member.Name}' is no text. A list of names without their values is not enough.");
            }

            if (!values.TryAdd(name, member.Value.GetString()!))
            {
                throw Invalid($"In the envelope file '{name}' stands twice.");
            }
        }

        return values;
    }

    // PowerShell and editors of Windows write one.
    private static ReadOnlyMemory<byte> WithoutMark(byte[] file) =>
        file is [0xEF, 0xBB, 0xBF, ..] ? file.AsMemory(3) : file;

    private static CseException Invalid(string problem) => new(ErrorId.EnvelopeInvalid, problem);
}
