namespace CseKms.Sandbox;

/// <summary>One request as the sandbox saw it: logged on arrival, completed with its answer.</summary>
public sealed class SandboxRequest
{
    /// <summary>Counts all requests, from 1.</summary>
    public long Number { get; internal set; }

    /// <summary>Counts the requests of this operation, from 1.</summary>
    public int Ordinal { get; internal set; }

    /// <summary><c>s3</c>, <c>kms</c>, <c>sts</c>, <c>sso-oidc</c> or <c>sso</c>.</summary>
    public required string Service { get; init; }

    /// <summary>The API's name, such as <c>PutObject</c> or <c>GenerateDataKey</c>.</summary>
    public required string Operation { get; init; }

    public required string Method { get; init; }

    public required string RawTarget { get; init; }

    public bool IsHttps { get; init; }

    public string? Bucket { get; init; }

    /// <summary>The object's key, for KMS the KeyId as the caller gave it, or for STS the RoleArn.</summary>
    public string? Key { get; init; }

    public string? UploadId { get; init; }

    public int? PartNumber { get; init; }

    /// <summary>All headers but the signature and the tokens, by lower-case name.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>All parameters of a request to STS.</summary>
    public IReadOnlyDictionary<string, string> Form { get; init; } = new Dictionary<string, string>();

    public string? Range => Headers.GetValueOrDefault("range");

    /// <summary>Who signed it; null until the signature was found right, and where there is none.</summary>
    public SandboxIdentity? Identity { get; internal set; }

    /// <summary>Whether a fault struck it.</summary>
    public bool IsStruck { get; internal set; }

    /// <summary>The status of the answer; null until answered, 0 when the connection was dropped instead.</summary>
    public int? Status { get; internal set; }

    /// <summary>The error's code, where the answer was an error.</summary>
    public string? ErrorCode { get; internal set; }

    /// <summary>Bytes of the answer's body that were written.</summary>
    public long BytesSent { get; internal set; }

    public override string ToString() => $"{Operation} {Bucket}/{Key} #{Ordinal} -> {Status} {ErrorCode}";
}

/// <summary>The log of all requests; safe to read while requests run.</summary>
public sealed class SandboxRequests
{
    private readonly Lock _lock = new();
    private readonly List<SandboxRequest> _all = [];
    private readonly Dictionary<string, int> _ordinals = [];
    private readonly List<(Func<SandboxRequest, bool> Match, TaskCompletionSource<SandboxRequest> Found)> _waiting = [];
    private long _count;
    private int _inFlight;
    private TaskCompletionSource? _idle;

    /// <summary>Requests that have arrived and have not been answered yet.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>A copy of the log, in the order of arrival.</summary>
    public IReadOnlyList<SandboxRequest> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _all];
            }
        }
    }

    public IReadOnlyList<SandboxRequest> Of(string operation) => [.. All.Where(r => r.Operation == operation)];

    public int Count(string operation)
    {
        lock (_lock)
        {
            return _all.Count(r => r.Operation == operation);
        }
    }

    public int Count(Func<SandboxRequest, bool> match) => All.Count(match);

    /// <summary>Forgets the log; the ordinals begin again at 1.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _all.Clear();
            _ordinals.Clear();
        }
    }

    /// <summary>Completes when a request that matches has arrived, at once if the log already has one.</summary>
    public Task<SandboxRequest> WaitForAsync(Func<SandboxRequest, bool> match, CancellationToken cancellationToken = default)
    {
        TaskCompletionSource<SandboxRequest> found;
        lock (_lock)
        {
            if (_all.FirstOrDefault(match) is { } past)
            {
                return Task.FromResult(past);
            }
            found = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((match, found));
        }
        return found.Task.WaitAsync(cancellationToken);
    }

    internal void Add(SandboxRequest request)
    {
        lock (_lock)
        {
            request.Number = ++_count;
            request.Ordinal = _ordinals[request.Operation] = _ordinals.GetValueOrDefault(request.Operation) + 1;
            _all.Add(request);
            _inFlight++;
            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                if (_waiting[i].Match(request))
                {
                    _waiting[i].Found.TrySetResult(request);
                    _waiting.RemoveAt(i);
                }
            }
        }
    }

    internal void End()
    {
        lock (_lock)
        {
            if (--_inFlight == 0)
            {
                _idle?.TrySetResult();
            }
        }
    }

    /// <summary>Completes when no request runs. New ones are not kept away by it.</summary>
    internal Task WaitForIdleAsync()
    {
        lock (_lock)
        {
            _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_inFlight == 0)
            {
                _idle.SetResult();
            }
            return _idle.Task;
        }
    }
}
