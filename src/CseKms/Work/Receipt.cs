using System.Management.Automation;
using System.Text.Json;
using CseKms.Core;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>What a call did with one object, or why it did not. It holds no plaintext, key or credential.</summary>
/// <param name="Address">The object.</param>
internal sealed record Receipt(ObjectAddress Address)
{
    /// <summary>What <c>Status</c> says of an object that was done.</summary>
    public const string Done = "Done";

    private const string Failed = "Failed";

    private readonly DateTime _time = DateTime.UtcNow;

    /// <summary>The absolute path of the file, where there is one.</summary>
    public string? Path { get; init; }

    /// <summary>What was done, where the cmdlet's verb does not tell it.</summary>
    public string? Operation { get; init; }

    /// <summary>What came of it, where it was sent or received.</summary>
    public TransferResult? Transfer { get; init; }

    /// <summary>What came of it, where it was changed or copied.</summary>
    public RewrapResult? Rewrap { get; init; }

    /// <summary>Why it failed, if it did.</summary>
    public ErrorRecord? Error { get; init; }

    /// <summary>Writes it as a JSON object, in which control characters are escaped. Each has all properties.</summary>
    /// <param name="json">Takes it.</param>
    /// <param name="operation">The verb of the cmdlet.</param>
    public void WriteTo(Utf8JsonWriter json, string operation)
    {
        json.WriteStartObject();
        json.WriteString("Time", _time);
        json.WriteString(nameof(Operation), Operation ?? operation);
        json.WriteString("Status", Error is null ? Done : Failed);
        json.WriteString("BucketName", Address.BucketName);
        json.WriteString("Key", Address.Key);
        json.WriteString("VersionId", Transfer?.VersionId ?? Rewrap?.VersionId ?? Address.VersionId);
        json.WriteString(nameof(Path), Path);
        Write("PlaintextSize", Transfer?.PlaintextSize);
        Write("Size", Transfer?.Size ?? Rewrap?.Size);
        json.WriteString("ETag", Transfer?.ETag ?? Rewrap?.ETag);
        json.WriteString("Format", Transfer?.Format ?? Rewrap?.Format);
        json.WriteString("KmsKeyId", Transfer?.KmsKeyId ?? Rewrap?.KmsKeyId);
        WriteEnvelope();
        var failure = Error?.Exception as CseKmsException;
        json.WriteString("ErrorId", failure?.ErrorId ?? Error?.FullyQualifiedErrorId);
        json.WriteString("RequestId", failure?.RequestId);
        json.WriteEndObject();

        void Write(string name, long? number)
        {
            if (number is { } given)
            {
                json.WriteNumber(name, given);
            }
            else
            {
                json.WriteNull(name);
            }
        }

        void WriteEnvelope()
        {
            if (Transfer?.Envelope is not { } envelope)
            {
                json.WriteNull("Envelope");
                return;
            }

            json.WriteStartObject("Envelope");
            foreach (var (name, value) in envelope)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }
    }
}
