using CseKms.Core.Session;
using CseKms.Core.Transfer;

namespace CseKms.Work;

/// <summary>What is to be done with one file, without S3. It is made on the pipeline thread and done on the thread pool.</summary>
/// <param name="path">The file, absolute.</param>
internal abstract class FileWork(string path)
{
    /// <summary>The file that it begins with, absolute.</summary>
    public string Path { get; } = path;

    /// <summary>Does it.</summary>
    /// <param name="client">The client of the call.</param>
    /// <param name="progress">Is told how it goes on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Core.CseException">It failed.</exception>
    public abstract Task<WorkResult> RunAsync(FileEncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken);
}
