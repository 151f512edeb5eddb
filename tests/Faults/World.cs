using System.Collections.Concurrent;
using Amazon.S3.Model;
using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using CseKms.Sandbox;

namespace CseKms.Faults;

/// <summary>A bucket, a KMS key and a folder of their own, in which one case runs after another.</summary>
public sealed class World : ITransferObserver, IAsyncDisposable
{
    /// <summary>Limits so short that a case with a dead service ends in seconds, in about the proportions of the real ones.</summary>
    public static readonly TransferSettings Impatient = new()
    {
        ThrottleLimit = 8,
        Limits = new TimeLimits
        {
            Silence = TimeSpan.FromSeconds(2),
            LongSilence = TimeSpan.FromSeconds(12),
            SlowBody = TimeSpan.FromSeconds(6),
            Patience = TimeSpan.FromSeconds(6),
            Notice = TimeSpan.FromSeconds(1),
            Cleanup = TimeSpan.FromSeconds(2),
        },
    };

    private readonly Backend _backend;
    private readonly ConcurrentQueue<SandboxRequest> _requests = new();
    private readonly Fault _recorder;
    private readonly List<Fault> _standing = [];

    private World(Backend backend, string bucket, string kmsKeyArn, S3EncryptionClient clean)
    {
        _backend = backend;
        Bucket = bucket;
        KmsKeyArn = kmsKeyArn;
        Clean = clean;
        Client = clean;
        Connection = backend.Connection;
        Folder = Directory.CreateTempSubdirectory("csekms-faults-").FullName;
        _recorder = backend.Sandbox.Faults.Add(Record, FaultAction.Delay(TimeSpan.Zero), FaultLimit.From(int.MaxValue));
    }

    public Backend Backend => _backend;

    public string Bucket { get; }

    public string KmsKeyArn { get; }

    /// <summary>Where a case receives files; nothing else is there.</summary>
    public string Folder { get; }

    /// <summary>The client of the case, on whose way faults strike. New in each case.</summary>
    public S3EncryptionClient Client { get; private set; }

    /// <summary>A client with long limits, for before and after.</summary>
    public S3EncryptionClient Clean { get; }

    /// <summary>What the clients of cases are told.</summary>
    public TransferSettings Settings { get; set; } = Impatient;

    /// <summary>What the clients of cases are told of S3's ways.</summary>
    public ConnectionSettings Connection { get; set; }

    /// <summary>Tells cases apart, in keys.</summary>
    public int Number { get; private set; }

    /// <summary>The requests of the case so far.</summary>
    public IReadOnlyCollection<SandboxRequest> Requests => _requests;

    /// <summary>The uploads that the client said it left; without an id where the answer that names it was lost.</summary>
    public ConcurrentBag<(string Key, string? UploadId)> UploadsLeft { get; } = [];

    /// <summary>The uploads that were begun for the case, and that it is about.</summary>
    public HashSet<string> UploadsBegun { get; } = [];

    public static async Task<World> CreateAsync(Backend backend)
    {
        var key = await backend.NewKeyAsync();
        return new World(backend, await backend.NewBucketAsync(), key, await backend.OpenAsync(key, new TransferSettings()));
    }

    /// <summary>Begins a case: a client that knows nothing yet, and an empty folder.</summary>
    public async Task BeginAsync()
    {
        Number++;
        UploadsLeft.Clear();
        UploadsBegun.Clear();
        Client = await _backend.OpenAsync(KmsKeyArn, Settings, Connection);
        Directory.Delete(Folder, recursive: true);
        Directory.CreateDirectory(Folder);
        Forget();
    }

    /// <summary>Forgets the requests so far.</summary>
    public void Forget() => _requests.Clear();

    /// <summary>Whether a request is one of this world.</summary>
    public bool Owns(SandboxRequest request) => request.Bucket == Bucket || (request.Service == "kms" && request.Key == KmsKeyArn);

    /// <summary>Orders a fault that stays for all cases of this world.</summary>
    public void Keep(Func<SandboxRequest, bool> match, FaultAction action) => _standing.Add(Strike(match, action, SandboxFaults.Always));

    /// <summary>Orders a fault for this world's requests.</summary>
    public Fault Strike(Func<SandboxRequest, bool> match, FaultAction action, FaultLimit limit) =>
        _backend.Sandbox.Faults.Add(request => Owns(request) && match(request), action, limit);

    /// <summary>The uploads that are open in the bucket.</summary>
    public async Task<IReadOnlyList<MultipartUpload>> OpenUploadsAsync()
    {
        var uploads = new List<MultipartUpload>();
        await foreach (var upload in _backend.S3.Paginators.ListMultipartUploads(new ListMultipartUploadsRequest { BucketName = Bucket }).Uploads)
        {
            uploads.Add(upload);
        }

        return uploads;
    }

    public ObjectAddress Address(string key) => new(Bucket, key);

    void ITransferObserver.LengthKnown(long bytes)
    {
    }

    void ITransferObserver.Transferred(long bytes)
    {
    }

    void ITransferObserver.UploadLeft(ObjectAddress address, string? uploadId) => UploadsLeft.Add((address.Key, uploadId));

    void ITransferObserver.TemporaryFileLeft(string path)
    {
    }

    void ITransferObserver.MayHaveReplaced(string path)
    {
    }

    public ValueTask DisposeAsync()
    {
        _recorder.Dispose();
        _standing.ForEach(fault => fault.Dispose());
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private bool Record(SandboxRequest request)
    {
        if (Owns(request))
        {
            _requests.Enqueue(request);
        }

        return false;
    }
}
