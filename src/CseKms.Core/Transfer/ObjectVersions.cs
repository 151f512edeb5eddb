namespace CseKms.Core.Transfer;

/// <summary>Lists the versions of one object.</summary>
internal static class ObjectVersions
{
    /// <summary>Its versions and delete markers, the newest first; a version that the address names is not looked at.</summary>
    /// <param name="scheduler">Sends the requests.</param>
    /// <param name="address">The object.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="CseException"><see cref="ErrorId.S3AccessDenied"/> without the right to list versions, and others.</exception>
    public static Task<List<ListedVersion>> ListAsync(TransferScheduler scheduler, ObjectAddress address, CancellationToken cancellationToken) =>
        scheduler.RequestAsync(
            async s3 =>
            {
                var versions = new List<ListedVersion>();
                await foreach (var version in s3
                    .ListVersionsAsync(address.BucketName, address.Key, address.ExpectedBucketOwner, cancellationToken).ConfigureAwait(false))
                {
                    // A key comes before all that begin with it.
                    if (version.Address.Key != address.Key)
                    {
                        break;
                    }

                    versions.Add(version);
                }

                return versions;
            },
            cancellationToken);
}
