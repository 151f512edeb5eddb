using System.Collections.ObjectModel;
using CseKms.Core.Aws;
using CseKms.Core.Format;

namespace CseKms.Core.Transfer;

/// <summary>
/// Stores an object's instruction file, after the object: the other way around, a store that fails would leave the object that was there
/// without its envelope.
/// </summary>
/// <param name="scheduler">Sends the request.</param>
/// <param name="address">The object.</param>
/// <param name="suffix">What the file's key adds to the object's key.</param>
/// <param name="attributes">What stands beside the object, as far as the caller gave it.</param>
/// <param name="cancellationToken">Cancels the request.</param>
internal sealed class InstructionFileStore(
    TransferScheduler scheduler, ObjectAddress address, string suffix, ObjectAttributes attributes, CancellationToken cancellationToken)
{
    private static readonly Dictionary<string, string> Mark = new() { [MetadataKeys.InstructionFileMark] = "" };

    /// <summary>Stores what the file holds, in place of a file that is there.</summary>
    /// <param name="instructions">The envelope's values that go into the file.</param>
    /// <param name="signsPayload">Sign the bytes over HTTPS too.</param>
    /// <exception cref="CseException"><see cref="ErrorId.InstructionFileNotStored"/>.</exception>
    public async Task PutAsync(IReadOnlyDictionary<string, string> instructions, bool signsPayload)
    {
        var file = address with { Key = InstructionFile.KeyOf(address.Key, suffix) };
        var own = attributes with { ContentType = "application/json", Headers = ReadOnlyDictionary<string, string>.Empty };

        // A stop between the two would leave an object that nobody can read.
        using var cleanup = new Cleanup(scheduler.Limits, cancellationToken);
        try
        {
            await scheduler.S3.PutAsync(
                file, own, Mark, WriteCondition.None, InstructionFile.Encode(instructions), signsPayload, cleanup.EndToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is CseException or OperationCanceledException)
        {
            var failure = e as CseException;
            throw new CseException(
                ErrorId.InstructionFileNotStored,
                $"The object {address} was stored, and its instruction file was not, so that nobody can read it. {failure?.Message ?? "The call was stopped."}",
                e)
            {
                Operation = failure?.Operation ?? "PutObject",
                RequestId = failure?.RequestId,
                StatusCode = failure?.StatusCode,
            };
        }
    }

    /// <summary>Refuses a place where there is a file already, before the object is stored.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.AlreadyExists"/>.</exception>
    public async Task EnsureAbsentAsync()
    {
        var file = address with { Key = InstructionFile.KeyOf(address.Key, suffix), VersionId = null };
        if (await RemoteObject.ExistsAsync(scheduler, file, cancellationToken).ConfigureAwait(false))
        {
            throw new CseException(ErrorId.AlreadyExists, $"The object {file} exists already, so nothing was stored.");
        }
    }
}
