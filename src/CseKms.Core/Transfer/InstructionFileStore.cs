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
        try
        {
            await scheduler.RequestAsync(
                s3 => s3.PutAsync(file, own, Mark, WriteCondition.None, InstructionFile.Encode(instructions), signsPayload, cancellationToken),
                cancellationToken).ConfigureAwait(false);
        }
        catch (CseException failure)
        {
            throw new CseException(
                ErrorId.InstructionFileNotStored,
                $"The object {address} was stored, and its instruction file was not, so that nobody can read it. {failure.Message}",
                failure)
            {
                Operation = failure.Operation,
                RequestId = failure.RequestId,
                StatusCode = failure.StatusCode,
            };
        }
    }
}
