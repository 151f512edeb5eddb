using CseKms.Core.Format;

namespace CseKms.Core.Transfer;

/// <summary>An envelope that may be the one that an object lost.</summary>
/// <param name="Origin">What kind of thing it was found on.</param>
/// <param name="Address">What it was found on.</param>
/// <param name="Place">Where the object was that it was made for, as its data key may be bound to that.</param>
/// <param name="Envelope">All of it.</param>
/// <param name="Values">Its values.</param>
internal sealed record EnvelopeCandidate(
    EnvelopeOrigin Origin, ObjectAddress Address, ObjectAddress Place, StoredEnvelope Envelope, IReadOnlyDictionary<string, string> Values)
{
    /// <summary>A candidate out of what stands beside an object.</summary>
    /// <param name="origin">What kind of thing it was found on.</param>
    /// <param name="address">What it was found on.</param>
    /// <param name="place">Where the object was that it was made for.</param>
    /// <param name="metadata">The object's user metadata.</param>
    /// <param name="envelope">The envelope, of which a part may stand in an instruction file.</param>
    public static EnvelopeCandidate Of(
        EnvelopeOrigin origin, ObjectAddress address, ObjectAddress place, IReadOnlyDictionary<string, string> metadata, StoredEnvelope envelope)
    {
        var values = metadata.Where(pair => ObjectMetadata.BelongsToEnvelope(pair.Key))
            .Concat(envelope.Instructions?.Values ?? new Dictionary<string, string>())
            .ToDictionary(StringComparer.OrdinalIgnoreCase);

        // S3 gives out in another form what was not ASCII. V1 is not written here, and only its description can be of that kind.
        return new EnvelopeCandidate(origin, address, place, envelope,
            envelope.Metadata.FormatVersion == 1 || values.Values.All(HeaderText.IsPrintable)
                ? values
                : ContentMetadataCodec.Encode(envelope.Metadata, plaintextLength: null));
    }
}

/// <summary>Finds envelopes that an object may have lost: one kind of place to look. Serves one object.</summary>
internal interface IEnvelopeCandidates
{
    /// <summary>The candidates, the likeliest first.</summary>
    /// <param name="remote">The object.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="CseException"><see cref="ErrorId.EnvelopeNotFound"/> with the reason why there is none, and what S3 answers.</exception>
    IAsyncEnumerable<EnvelopeCandidate> FindAsync(RemoteObject remote, CancellationToken cancellationToken);
}
