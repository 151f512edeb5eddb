using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using CseKms.Core.Aws;
using CseKms.Core.Format;

namespace CseKms.Core.Transfer;

/// <summary>
/// Reads what stands beside an object's bytes, so that what takes its place has all of it too. Of each bucket it is remembered whether it
/// knows ACLs and locks. Thread-safe.
/// </summary>
/// <param name="scheduler">Sends the requests.</param>
internal sealed class StoredAttributes(TransferScheduler scheduler)
{
    private static readonly IReadOnlyDictionary<string, string> Nothing = ReadOnlyDictionary<string, string>.Empty;

    private readonly ConcurrentDictionary<string, Task<(bool HasAcls, bool Locks)>> _buckets = new();

    /// <summary>All that is to be kept of an object: its user metadata too, and with them its envelope.</summary>
    /// <param name="remote">The object.</param>
    /// <param name="isForItsPlace">Read its ACL and its lock too, which do not go along to another place.</param>
    /// <param name="withTags">Read tags too, which a copy by one request takes along by itself.</param>
    /// <param name="mayLose">Go on without what may not be read.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="CseException"><see cref="ErrorId.AttributesUnreadable"/>: something cannot be read, and is named.</exception>
    public async Task<ObjectAttributes> ReadAsync(
        RemoteObject remote, bool isForItsPlace, bool withTags, bool mayLose, CancellationToken cancellationToken)
    {
        var (address, found) = (remote.ExactAddress, remote.Head.Attributes);
        var unreadable = new List<string>();
        if (remote.Head.MissingMetadata > 0)
        {
            unreadable.Add($"{remote.Head.MissingMetadata} of its metadata, which HTTP does not carry");
        }

        found = found with { Metadata = Sendable(remote.Head.Metadata, unreadable) };

        if (!AreSendable(found))
        {
            unreadable.Add("one of its headers");
            found = found with { ContentType = null, Headers = Nothing };
        }

        var (hasAcls, locks) = isForItsPlace
            ? await KnowAsync(address, cancellationToken).ConfigureAwait(false)
            : (false, false);
        if (hasAcls)
        {
            found = found with
            {
                Grants = await TryAsync("its ACL", Nothing, s3 => s3.GetGrantsAsync(address, cancellationToken)).ConfigureAwait(false),
            };
        }

        // HEAD is silent about a lock that the caller may not see.
        if (locks && !found.IsLocked)
        {
            var (mode, until) = await TryAsync("its retention", default, s3 => s3.GetRetentionAsync(address, cancellationToken)).ConfigureAwait(false);
            found = found with
            {
                ObjectLockMode = mode,
                ObjectLockRetainUntil = until,
                ObjectLockLegalHold = await TryAsync("its legal hold", null, s3 => s3.GetLegalHoldAsync(address, cancellationToken)).ConfigureAwait(false),
            };
        }

        if (withTags)
        {
            found = found with { Tags = await TryAsync("its tags", Nothing, s3 => s3.GetTagsAsync(address, cancellationToken)).ConfigureAwait(false) };
        }

        if (unreadable.Count > 0 && !mayLose)
        {
            throw new CseException(
                ErrorId.AttributesUnreadable,
                $"The object {remote.Address} was left as it is: {string.Join(", ", unreadable)} cannot be read and would be lost.");
        }

        return found.ObjectLockRetainUntil > DateTimeOffset.UtcNow ? found : found with { ObjectLockMode = null, ObjectLockRetainUntil = null };

        async Task<T> TryAsync<T>(string what, T nothing, Func<S3Gateway, Task<T>> read)
        {
            try
            {
                return await scheduler.RequestAsync(read, cancellationToken).ConfigureAwait(false);
            }
            catch (CseException failure) when (failure.ErrorId is ErrorId.S3AccessDenied or ErrorId.AnswerInvalid)
            {
                unreadable.Add(what);
                return nothing;
            }
            catch (CseException failure) when (IsUnknownHere(failure))
            {
                return nothing;
            }
        }
    }

    // S3 gives out in one form what it was given in another, when that was not ASCII.
    private static Dictionary<string, string> Sendable(IReadOnlyDictionary<string, string> metadata, List<string> unreadable)
    {
        var sendable = metadata.Where(pair => HeaderText.IsToken(pair.Key) && HeaderText.IsPrintable(pair.Value)).ToDictionary(StringComparer.OrdinalIgnoreCase);
        // Those of the envelope are written anew.
        var lost = metadata.Keys.Count(name => !sendable.ContainsKey(name) && !MetadataKeys.Envelope.Contains(name, StringComparer.OrdinalIgnoreCase));
        if (lost > 0)
        {
            unreadable.Add($"{lost} of its metadata, which are not ASCII");
        }

        return sendable;
    }

    private static bool AreSendable(ObjectAttributes attributes)
    {
        try
        {
            _ = ObjectHeaders.Of(attributes);
            return true;
        }
        catch (CseException)
        {
            return false;
        }
    }

    // There is none, or the store knows no such thing. What passes by itself says nothing of the kind.
    private static bool IsUnknownHere(CseException failure) =>
        failure is { ErrorId: ErrorId.S3RequestFailed, Repeat: RepeatReason.None, StatusCode: 400 or 404 or 405 or 501 };

    private async Task<(bool HasAcls, bool Locks)> KnowAsync(ObjectAddress address, CancellationToken cancellationToken)
    {
        var asking = _buckets.GetOrAdd(address.BucketName, _ => AskAsync(address, cancellationToken));
        try
        {
            return await asking.ConfigureAwait(false);
        }
        catch
        {
            // The next object asks anew.
            _buckets.TryRemove(new(address.BucketName, asking));
            throw;
        }
    }

    private async Task<(bool HasAcls, bool Locks)> AskAsync(ObjectAddress address, CancellationToken cancellationToken)
    {
        var hasNoAcls = await TryAsync(s3 => s3.HasNoAclsAsync(address, cancellationToken), ifDenied: false).ConfigureAwait(false);
        return (!hasNoAcls, await TryAsync(s3 => s3.LocksObjectsAsync(address, cancellationToken), ifDenied: true).ConfigureAwait(false));

        async Task<bool> TryAsync(Func<S3Gateway, Task<bool>> ask, bool ifDenied)
        {
            try
            {
                return await scheduler.RequestAsync(ask, cancellationToken).ConfigureAwait(false);
            }
            catch (CseException failure) when (failure.ErrorId == ErrorId.S3AccessDenied)
            {
                return ifDenied;
            }
            catch (CseException failure) when (IsUnknownHere(failure))
            {
                return false;
            }
        }
    }
}
