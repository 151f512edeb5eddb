using System.Globalization;
using CseKms.Core.Algorithms;

namespace CseKms.Core.Format;

/// <summary>Reads and writes envelopes as maps of text (specification: content-metadata). Thread-safe.</summary>
internal static class ContentMetadataCodec
{
    private const string GcmTagBits = "128";

    // The C++ client writes it beside CBC.
    private const string NoTagBits = "0";

    // What V3 keeps on the object even with an instruction file.
    private static readonly string[] V3Content =
        [MetadataKeys.V3ContentAlgorithm, MetadataKeys.V3KeyCommitment, MetadataKeys.V3MessageId];

    private static readonly string[] V2Wrapping = [MetadataKeys.V2Key, MetadataKeys.V2WrapAlgorithm, MetadataKeys.MaterialDescription];

    private static readonly string[] V3Wrapping =
        [MetadataKeys.V3Key, MetadataKeys.V3WrapAlgorithm, MetadataKeys.V3EncryptionContext, MetadataKeys.V3MaterialDescription];

    // V1 stores no name of its wrapping: a data key under AES has one of these lengths, and one under RSA is longer.
    private const int V1AesWrappedLength = 48;
    private const int V1AesShortWrappedLength = 32;

    /// <summary>The metadata that holds <paramref name="metadata"/>.</summary>
    /// <param name="metadata">A V2 or V3 envelope.</param>
    /// <param name="plaintextLength">Plaintext length in bytes, or <see langword="null"/> when it was not known at the start.</param>
    public static Dictionary<string, string> Encode(ContentMetadata metadata, long? plaintextLength)
    {
        var key = Convert.ToBase64String(metadata.EncryptedDataKey);
        var nonce = Convert.ToBase64String(metadata.Nonce);
        var context = StringMap.ToJson(metadata.EncryptionContext);

        if (metadata.FormatVersion == 3)
        {
            return new()
            {
                [MetadataKeys.V3ContentAlgorithm] = metadata.Suite.MetadataValue,
                [MetadataKeys.V3Key] = key,
                [MetadataKeys.V3WrapAlgorithm] = metadata.Wrapping.V3Value!,
                [MetadataKeys.V3KeyCommitment] = Convert.ToBase64String(metadata.KeyCommitment!),
                [MetadataKeys.V3MessageId] = nonce,
                [V3MapKey(metadata.Wrapping)] = context,
            };
        }

        var values = new Dictionary<string, string>
        {
            [MetadataKeys.V2Key] = key,
            [MetadataKeys.Iv] = nonce,
            [MetadataKeys.MaterialDescription] = context,
            [MetadataKeys.V2WrapAlgorithm] = metadata.Wrapping.Name,
            [MetadataKeys.V2ContentAlgorithm] = metadata.Suite.MetadataValue,
            [MetadataKeys.V2TagLength] = GcmTagBits,
        };
        if (plaintextLength is { } length)
        {
            values[MetadataKeys.UnencryptedContentLength] = length.ToString(CultureInfo.InvariantCulture);
        }

        return values;
    }

    /// <summary>An envelope whose data key was wrapped anew: nothing but what tells of the wrapping differs.</summary>
    /// <param name="values">The envelope as it stands on an object or in an instruction file, and what stands beside it.</param>
    /// <param name="metadata">The V2 or V3 envelope with the data key wrapped anew.</param>
    public static Dictionary<string, string> Rewrap(IReadOnlyDictionary<string, string> values, ContentMetadata metadata)
    {
        var renewed = Encode(metadata, plaintextLength: null);
        var names = metadata.FormatVersion == 3 ? V3Wrapping : V2Wrapping;
        return values.Where(pair => !names.Contains(pair.Key, StringComparer.OrdinalIgnoreCase))
            .Concat(renewed.Where(pair => names.Contains(pair.Key)))
            .ToDictionary(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>
    /// Whether the rest of an envelope must be looked for in an instruction file: no key of any version stands on the object, or
    /// those of V3's content alone (specification: metadata-strategy, "V1/V2 Instruction Files" and "V3 Instruction Files").
    /// </summary>
    /// <param name="values">User metadata of the object.</param>
    public static bool NeedsInstructionFile(IReadOnlyDictionary<string, string> values)
    {
        var reader = new EnvelopeReader(values);
        return !reader.HasAny(MetadataKeys.Envelope.Except(V3Content)) && (V3Content.All(reader.Has) || !reader.HasAny(V3Content));
    }

    /// <summary>Reads an envelope.</summary>
    /// <param name="objectValues">User metadata without the <c>x-amz-meta-</c> prefix, as S3 returned it.</param>
    /// <param name="instructionValues">What the object's instruction file holds, if one was read.</param>
    /// <returns>The envelope, or <see langword="null"/> when no key of any envelope is there.</returns>
    /// <exception cref="CseException">
    /// <see cref="ErrorId.EnvelopeMixed"/>, <see cref="ErrorId.EnvelopeInvalid"/> or <see cref="ErrorId.UnsupportedFormat"/>.
    /// </exception>
    public static ContentMetadata? Decode(
        IReadOnlyDictionary<string, string> objectValues, IReadOnlyDictionary<string, string>? instructionValues = null)
    {
        var reader = new EnvelopeReader(objectValues, instructionValues);
        var v1 = reader.Has(MetadataKeys.V1Key);
        var v2 = reader.HasAny(MetadataKeys.V2Only);
        var v3 = reader.HasAny(MetadataKeys.V3Only);
        var shared = reader.HasAny(MetadataKeys.SharedByV1AndV2);

        if ((v1 && v2) || (v3 && (v1 || v2 || shared || reader.Has(MetadataKeys.UnencryptedContentLength))))
        {
            throw new CseException(
                ErrorId.EnvelopeMixed,
                "The object's envelope holds keys of two versions. Nobody writes that; it may be an attempt to have the object read wrongly.");
        }

        return v3 ? DecodeV3(reader)
            : v1 ? DecodeV1(reader)
            : v2 || shared ? DecodeV2(reader)
            : null;
    }

    private static ContentMetadata DecodeV1(EnvelopeReader reader)
    {
        var key = reader.Base64(MetadataKeys.V1Key);
        var suite = AlgorithmSuite.AesCbc;
        return new ContentMetadata
        {
            FormatVersion = 1,
            Suite = suite,
            Wrapping = key.Length switch
            {
                V1AesWrappedLength or V1AesShortWrappedLength => WrappingAlgorithm.AesEcb,
                > V1AesWrappedLength => WrappingAlgorithm.RsaPkcs1,
                _ => throw EnvelopeReader.Invalid(MetadataKeys.V1Key, "is too short, or of no wrapping's length"),
            },
            EncryptedDataKey = key,
            EncryptionContext = reader.MapOrOtherJson(MetadataKeys.MaterialDescription),
            Nonce = EnvelopeReader.Nonce(MetadataKeys.Iv, reader.Base64(MetadataKeys.Iv), suite.NonceLength),
        };
    }

    private static ContentMetadata DecodeV2(EnvelopeReader reader)
    {
        var key = reader.Base64(MetadataKeys.V2Key);
        var iv = reader.Base64(MetadataKeys.Iv);
        var wrappingName = reader.Required(MetadataKeys.V2WrapAlgorithm);
        var suite = reader.Required(MetadataKeys.V2ContentAlgorithm) switch
        {
            "AES/GCM/NoPadding" => AlgorithmSuite.AesGcm,
            "AES/CBC/PKCS5Padding" or "AES/CBC/PKCS7Padding" => AlgorithmSuite.AesCbc,
            var other => throw Unsupported(MetadataKeys.V2ContentAlgorithm, other),
        };
        var tagLength = reader.Optional(MetadataKeys.V2TagLength);
        var rightLength = suite.IsAuthenticated ? GcmTagBits : NoTagBits;
        if (tagLength is not null && tagLength != rightLength)
        {
            throw EnvelopeReader.Invalid(
                MetadataKeys.V2TagLength, $"must be {rightLength} beside {(suite.IsAuthenticated ? "GCM" : "CBC")}, which {(suite.IsAuthenticated ? "has a tag of so many bits" : "has no tag")}");
        }

        return new ContentMetadata
        {
            FormatVersion = 2,
            Suite = suite,
            Wrapping = WrappingAlgorithm.FromName(wrappingName) ?? throw Unsupported(MetadataKeys.V2WrapAlgorithm, wrappingName),
            EncryptedDataKey = key,
            EncryptionContext = reader.Map(MetadataKeys.MaterialDescription),
            Nonce = EnvelopeReader.Nonce(MetadataKeys.Iv, iv, suite.NonceLength),
        };
    }

    private static ContentMetadata DecodeV3(EnvelopeReader reader)
    {
        var suite = AlgorithmSuite.AesGcmCommitting;
        if (reader.Required(MetadataKeys.V3ContentAlgorithm) is var value && value != suite.MetadataValue)
        {
            throw Unsupported(MetadataKeys.V3ContentAlgorithm, value);
        }

        var commitment = reader.Base64(MetadataKeys.V3KeyCommitment);
        if (commitment.Length != AlgorithmSuite.CommitmentLength)
        {
            throw EnvelopeReader.Invalid(MetadataKeys.V3KeyCommitment, $"must be {AlgorithmSuite.CommitmentLength} bytes and is {commitment.Length}");
        }

        var messageId = EnvelopeReader.Nonce(MetadataKeys.V3MessageId, reader.Base64(MetadataKeys.V3MessageId), suite.NonceLength);
        var key = reader.Base64(MetadataKeys.V3Key);
        var wrappingValue = reader.Required(MetadataKeys.V3WrapAlgorithm);
        var wrapping = WrappingAlgorithm.FromV3Value(wrappingValue) ?? throw Unsupported(MetadataKeys.V3WrapAlgorithm, wrappingValue);

        // The other of the two has no place beside it.
        var strayKey = wrapping == WrappingAlgorithm.KmsContext ? MetadataKeys.V3MaterialDescription : MetadataKeys.V3EncryptionContext;
        if (reader.Has(strayKey))
        {
            throw EnvelopeReader.Invalid(strayKey, $"must not stand beside the wrapping {wrapping.Name}");
        }

        return new ContentMetadata
        {
            FormatVersion = 3,
            Suite = suite,
            Wrapping = wrapping,
            EncryptedDataKey = key,
            EncryptionContext = reader.Map(V3MapKey(wrapping)),
            Nonce = messageId,
            KeyCommitment = commitment,
        };
    }

    private static string V3MapKey(WrappingAlgorithm wrapping) =>
        wrapping == WrappingAlgorithm.KmsContext ? MetadataKeys.V3EncryptionContext : MetadataKeys.V3MaterialDescription;

    private static CseException Unsupported(string key, string value) =>
        new(ErrorId.UnsupportedFormat, $"The object's {key} is '{value}', which this client does not read.");
}
