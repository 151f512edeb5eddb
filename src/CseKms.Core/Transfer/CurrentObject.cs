namespace CseKms.Core.Transfer;

/// <summary>Finds objects that are to be replaced by something better.</summary>
internal static class CurrentObject
{
    /// <summary>Asks for the current version of an object without reading it.</summary>
    /// <param name="scheduler">Sends the request.</param>
    /// <param name="address">The object; where a version is named, it must be the current one.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="CseException"><see cref="ErrorId.NotCurrentVersion"/>; what S3 answers.</exception>
    public static async Task<RemoteObject> FindAsync(TransferScheduler scheduler, ObjectAddress address, CancellationToken cancellationToken)
    {
        var remote = await RemoteObject.FindAsync(scheduler, address with { VersionId = null }, cancellationToken).ConfigureAwait(false);
        return address.VersionId is null || address.VersionId == (remote.Head.VersionId ?? "null") ? remote
            : throw new CseException(
                ErrorId.NotCurrentVersion,
                $"The version {address.VersionId} of {address} is not the current one. No version can be changed, and a copy of an old one would " +
                "take the current one's place.");
    }
}
