using System.Globalization;
using CseKms.Core.Algorithms;

namespace CseKms.Core.Format;

/// <summary>Reads and writes the envelope in an object's user metadata (specification: content-metadata). Thread-safe.</summary>
internal static class ContentMetadataCodec
{
    private const string GcmTagBits = "128";
    private const string KmsContextName = "kms+context";

    // Lengths of the values of a V2 or V3 envelope that are not known before KMS has answered.
    private const int TypicalEncryptedDataKeyLength = 184;

    /// <summary>The user metadata that holds <paramref name="metadata"/>.</summary>
    /// <param name="metadata">A V2 or V3 envelope under KMS.</param>
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
                [MetadataKeys.V3WrapAlgorithm] = "12",
                [MetadataKeys.V3KeyCommitment] = Convert.ToBase64String(metadata.KeyCommitment!),
                [MetadataKeys.V3MessageId] = nonce,
                [MetadataKeys.V3EncryptionContext] = context,
            };
        }

        var values = new Dictionary<string, string>
        {
            [MetadataKeys.V2Key] = key,
            [MetadataKeys.Iv] = nonce,
            [MetadataKeys.MaterialDescription] = context,
            [MetadataKeys.V2WrapAlgorithm] = KmsContextName,
            [MetadataKeys.V2ContentAlgorithm] = metadata.Suite.MetadataValue,
            [MetadataKeys.V2TagLength] = GcmTagBits,
        };
        if (plaintextLength is { } length)
        {
            values[MetadataKeys.UnencryptedContentLength] = length.ToString(CultureInfo.InvariantCulture);
        }

        return values;
    }

    /// <summary>The bytes that an envelope will take in S3's metadata, as far as it can be told before KMS has wrapped the key.</summary>
    public static int EstimateSize(AlgorithmSuite suite, IReadOnlyDictionary<string, string> context)
    {
        var shape = new ContentMetadata
        {
            FormatVersion = suite.IsCommitting ? 3 : 2,
            Suite = suite,
            Wrapping = WrappingAlgorithm.KmsContext,
            WrappingName = KmsContextName,
            EncryptedDataKey = new byte[TypicalEncryptedDataKeyLength],
            EncryptionContext = context,
            Nonce = new byte[suite.NonceLength],
            KeyCommitment = suite.IsCommitting ? new byte[AlgorithmSuite.CommitmentLength] : null,
        };
        return MetadataText.SizeInS3(Encode(shape, 0));
    }

    /// <summary>Reads the envelope out of an object's user metadata.</summary>
    /// <param name="values">User metadata without the <c>x-amz-meta-</c> prefix, as S3 returned it.</param>
    /// <returns>The envelope, or <see langword="null"/> when no key of any envelope is there.</returns>
    /// <exception cref="CseFault">
    /// <see cref="Fault.EnvelopeMixed"/>, <see cref="Fault.EnvelopeInvalid"/>, <see cref="Fault.UnsupportedFormat"/> or
    /// <see cref="Fault.LegacyNotAllowed"/> for V1.
    /// </exception>
    public static ContentMetadata? Decode(IReadOnlyDictionary<string, string> values)
    {
        var reader = new EnvelopeReader(values);
        var v1 = reader.Has(MetadataKeys.V1Key);
        var v2 = reader.HasAny(MetadataKeys.V2Only);
        var v3 = reader.HasAny(MetadataKeys.V3Only);
        var shared = reader.HasAny(MetadataKeys.SharedByV1AndV2);

        if ((v1 && v2) || (v3 && (v1 || v2 || shared || reader.Has(MetadataKeys.UnencryptedContentLength))))
        {
            throw new CseFault(
                Fault.EnvelopeMixed,
                "The object's metadata holds keys of two envelope versions. Nobody writes that; it may be an attempt to have the object read wrongly.");
        }

        if (v1)
        {
            throw new CseFault(
                Fault.LegacyNotAllowed,
                "The object has a V1 envelope, a legacy format without authentication, which is not read.");
        }

        return v3 ? DecodeV3(reader)
            : v2 || shared ? DecodeV2(reader)
            : null;
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
        if (suite.IsAuthenticated ? tagLength is not (null or GcmTagBits) : tagLength is not null)
        {
            throw EnvelopeReader.Invalid(MetadataKeys.V2TagLength, $"must {(suite.IsAuthenticated ? $"be {GcmTagBits}" : "not stand beside CBC")}");
        }

        return new ContentMetadata
        {
            FormatVersion = 2,
            Suite = suite,
            Wrapping = wrappingName switch
            {
                KmsContextName => WrappingAlgorithm.KmsContext,
                "AES/GCM" => WrappingAlgorithm.AesGcm,
                "RSA-OAEP-SHA1" => WrappingAlgorithm.RsaOaepSha1,
                "kms" or "AESWrap" or "RSA/ECB/OAEPWithSHA-256AndMGF1Padding" => WrappingAlgorithm.Legacy,
                _ => throw Unsupported(MetadataKeys.V2WrapAlgorithm, wrappingName),
            },
            WrappingName = wrappingName,
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
        if (!reader.Has(MetadataKeys.V3Key) && !reader.Has(MetadataKeys.V3WrapAlgorithm))
        {
            throw new CseFault(
                Fault.UnsupportedFormat,
                "The object keeps its wrapped data key in an instruction file, which is not read.");
        }

        var key = reader.Base64(MetadataKeys.V3Key);
        var (wrapping, wrappingName) = reader.Required(MetadataKeys.V3WrapAlgorithm) switch
        {
            "12" => (WrappingAlgorithm.KmsContext, KmsContextName),
            "02" => (WrappingAlgorithm.AesGcm, "AES/GCM"),
            "22" => (WrappingAlgorithm.RsaOaepSha1, "RSA-OAEP-SHA1"),
            var other => throw Unsupported(MetadataKeys.V3WrapAlgorithm, other),
        };

        // t goes with KMS and m with raw keys; the other of the two has no place beside it.
        var (mapKey, strayKey) = wrapping == WrappingAlgorithm.KmsContext
            ? (MetadataKeys.V3EncryptionContext, MetadataKeys.V3MaterialDescription)
            : (MetadataKeys.V3MaterialDescription, MetadataKeys.V3EncryptionContext);
        if (reader.Has(strayKey))
        {
            throw EnvelopeReader.Invalid(strayKey, $"must not stand beside the wrapping {wrappingName}");
        }

        return new ContentMetadata
        {
            FormatVersion = 3,
            Suite = suite,
            Wrapping = wrapping,
            WrappingName = wrappingName,
            EncryptedDataKey = key,
            EncryptionContext = reader.Map(mapKey),
            Nonce = messageId,
            KeyCommitment = commitment,
        };
    }

    private static CseFault Unsupported(string key, string value) =>
        new(Fault.UnsupportedFormat, $"The object's {key} is '{value}', which this client does not read.");
}
