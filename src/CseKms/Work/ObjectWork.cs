using System.Management.Automation;
using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>What is to be done with one object. It is made on the pipeline thread and done on the thread pool.</summary>
/// <param name="address">The object.</param>
internal abstract class ObjectWork(ObjectAddress address)
{
    /// <summary>The object.</summary>
    public ObjectAddress Address { get; } = address;

    /// <summary>The objects that its receipts are about.</summary>
    public virtual IReadOnlyList<ObjectAddress> Objects => [Address];

    /// <summary>The absolute path of the object's file, where there is one.</summary>
    public virtual string? FilePath => null;

    /// <summary>How many objects it is about.</summary>
    public int Count => Objects.Count;

    /// <summary>The file that an error is about, in place of the object.</summary>
    public virtual string? Target => null;

    /// <summary>Takes its place among the objects of the call: on the pipeline thread, in the order in which they are named.</summary>
    public virtual void Enter(S3EncryptionClient client, CancellationToken cancellationToken)
    {
    }

    /// <summary>Gives its place up, when what came of it is written.</summary>
    public virtual void Leave()
    {
    }

    /// <summary>Does it.</summary>
    /// <param name="client">The client of the call.</param>
    /// <param name="progress">Is told how it goes on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CseException">It failed.</exception>
    public abstract Task<WorkResult> RunAsync(S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken);
}

/// <summary>What there is to write of an object when work on it is done.</summary>
/// <param name="Output">What goes to the pipeline, if anything does.</param>
internal sealed record WorkResult(object? Output)
{
    /// <summary>Why there is nothing, where no failure of the engine says it.</summary>
    public ErrorRecord? Error { get; init; }

    /// <summary>What failed, where work on several objects came to an end.</summary>
    public IReadOnlyList<(ObjectAddress Address, CseException Failure)> Failures { get; init; } = [];

    /// <summary>How many objects were done.</summary>
    public int Done { get; init; } = 1;

    /// <summary>What is kept of it in a file of receipts; nothing of what was passed over.</summary>
    public IReadOnlyList<Receipt> Receipts { get; init; } = [];

    /// <summary>What follows it into the pipeline.</summary>
    public IReadOnlyList<object> More { get; init; } = [];

    /// <summary>What is warned of, once a call.</summary>
    public string? Warning { get; init; }

    /// <summary>What is said of it with -Verbose.</summary>
    public string? Verbose { get; init; }

    /// <summary>Whether content that was received is what its writer encrypted.</summary>
    public bool IsAuthenticated { get; init; } = true;
}
