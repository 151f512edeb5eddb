using System.Management.Automation;
using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>Tells what stands beside an object, without a key.</summary>
internal sealed class DescribeWork(ObjectAddress address) : ObjectWork(address)
{
    /// <summary>What an instruction file's key adds to the key of its object.</summary>
    public string InstructionFileSuffix { get; init; } = S3EncryptionClient.InstructionFileSuffix;

    /// <summary>The folder that was listed, if one was.</summary>
    public string? KeyPrefix { get; init; }

    /// <summary>The version as it was listed, if versions were.</summary>
    public ListedVersion? Version { get; init; }

    /// <summary>Whether the envelope is shown.</summary>
    public bool WithEnvelope { get; init; } = true;

    /// <inheritdoc/>
    public override async Task<WorkResult> RunAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        if (Version is { IsDeleteMarker: true })
        {
            return Shown(new CseS3ObjectVersion(Version) { KeyPrefix = KeyPrefix });
        }

        var found = await client.DescribeAsync(Address, InstructionFileSuffix, cancellationToken).ConfigureAwait(false);
        return Shown(Version is null
            ? new CseS3Object(Address, found, WithEnvelope) { KeyPrefix = KeyPrefix }
            : new CseS3ObjectVersion(Version, found) { KeyPrefix = KeyPrefix });
    }

    // Another table, with columns for what stands in the envelope.
    private WorkResult Shown(CseS3Object item)
    {
        var shown = PSObject.AsPSObject(item);
        if (WithEnvelope)
        {
            shown.TypeNames.Insert(0, $"{item.GetType().FullName}#Envelope");
        }

        return new(shown);
    }
}
