namespace CseKms.Core.Format;

/// <summary>What S3 stores beside an encrypted object: its envelope and the caller's own metadata. Immutable.</summary>
/// <param name="OnObject">User metadata of the object, without its prefix.</param>
/// <param name="InInstructionFile">The part of the envelope that an instruction file holds; empty without one.</param>
internal sealed record ObjectMetadata(IReadOnlyDictionary<string, string> OnObject, IReadOnlyDictionary<string, string> InInstructionFile)
{
    /// <summary>Divides an envelope between an object and its instruction file, and adds the caller's metadata.</summary>
    /// <param name="envelope">The envelope's values.</param>
    /// <param name="userMetadata">What the caller stores beside it.</param>
    /// <param name="withInstructionFile">Whether there is an instruction file.</param>
    /// <exception cref="CseException"><see cref="ErrorId.MetadataTooLarge"/>.</exception>
    public static ObjectMetadata Of(
        IReadOnlyDictionary<string, string> envelope, IReadOnlyDictionary<string, string> userMetadata, bool withInstructionFile)
    {
        var instructions = envelope.Where(pair => withInstructionFile && InstructionFile.Holds(pair.Key)).ToDictionary();
        var onObject = envelope.Where(pair => !instructions.ContainsKey(pair.Key)).Concat(userMetadata).ToDictionary();
        EnsureSize(MetadataText.SizeInS3(onObject));
        return new ObjectMetadata(onObject, instructions);
    }

    /// <summary>Checks the caller's metadata before KMS makes a data key that could not be stored.</summary>
    /// <param name="userMetadata">What the caller stores beside the envelope.</param>
    /// <param name="envelopeSize">Bytes that the envelope will take beside it.</param>
    /// <exception cref="CseException">
    /// <see cref="ErrorId.ReservedName"/>, <see cref="ErrorId.MetadataNotAscii"/>, <see cref="ErrorId.MetadataInvalid"/>,
    /// <see cref="ErrorId.MetadataTooLarge"/>.
    /// </exception>
    public static void EnsureFits(IReadOnlyDictionary<string, string> userMetadata, int envelopeSize)
    {
        foreach (var (name, value) in userMetadata)
        {
            if (name.StartsWith(MetadataKeys.Prefix, StringComparison.OrdinalIgnoreCase))
            {
                throw new CseException(
                    ErrorId.ReservedName,
                    $"The metadata name '{name}' is reserved: names that begin with '{MetadataKeys.Prefix}' belong to S3 and the envelope.");
            }

            if (!HeaderText.IsPrintable(name) || !HeaderText.IsPrintable(value))
            {
                throw new CseException(
                    ErrorId.MetadataNotAscii,
                    $"The metadata '{name}' holds a character that S3 metadata cannot carry. Only printable ASCII is kept unchanged.");
            }

            if (!HeaderText.IsToken(name))
            {
                throw new CseException(
                    ErrorId.MetadataInvalid,
                    $"The metadata name '{name}' is no name of a header: it is empty, or holds a blank, a colon, a bracket or the like.");
            }

            if (HeaderText.HasOuterBlank(value))
            {
                throw new CseException(
                    ErrorId.MetadataInvalid, $"The value of the metadata '{name}' has a blank at an end, which would not be stored.");
            }
        }

        EnsureSize(envelopeSize + MetadataText.SizeInS3(userMetadata));
    }

    /// <summary>What of an object's user metadata is its owner's.</summary>
    public static Dictionary<string, string> WithoutEnvelope(IReadOnlyDictionary<string, string> metadata) =>
        metadata.Where(pair => !BelongsToEnvelope(pair.Key)).ToDictionary();

    /// <summary>Whether user metadata of that name is a part of an envelope, or stands beside one.</summary>
    public static bool BelongsToEnvelope(string name) =>
        MetadataKeys.Envelope.Append(MetadataKeys.UnencryptedContentLength).Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether S3 stores so much.</summary>
    public static bool HasRoom(IReadOnlyDictionary<string, string> metadata) => MetadataText.SizeInS3(metadata) <= MetadataText.MaxSize;

    /// <summary>Checks that S3 stores so much.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.MetadataTooLarge"/>.</exception>
    public static void EnsureSize(IReadOnlyDictionary<string, string> metadata) => EnsureSize(MetadataText.SizeInS3(metadata));

    private static void EnsureSize(int size)
    {
        if (size > MetadataText.MaxSize)
        {
            throw new CseException(
                ErrorId.MetadataTooLarge,
                $"Envelope and metadata take {size:N0} bytes, and S3 stores {MetadataText.MaxSize:N0}.");
        }
    }
}
