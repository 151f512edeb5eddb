using System.Collections.Concurrent;
using CseKms.Core;
using CseKms.Sandbox;

namespace CseKms.Faults;

/// <summary>What one case came to. Thread-safe.</summary>
public sealed class Report
{
    private readonly ConcurrentDictionary<string, Exception?> _outcomes = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly ConcurrentQueue<string> _notes = new();

    /// <summary>Whether an object may appear when the client has given up, which no client can know.</summary>
    public bool MayAppearLate { get; init; }

    /// <summary>Whether the case was stopped from outside, so that its items may end by that.</summary>
    public bool IsStopped { get; set; }

    /// <summary>Whether all that is wrong could come of a busy machine and these short limits: worth another try, alone.</summary>
    public bool MayBeLoad { get; set; }

    /// <summary>The requests that were made for it.</summary>
    public IReadOnlyList<SandboxRequest> Requests { get; set; } = [];

    /// <summary>What must never be.</summary>
    public IReadOnlyCollection<string> Wrong => _wrong;

    /// <summary>Whether all items succeeded.</summary>
    public bool Succeeded => !_outcomes.IsEmpty && _outcomes.Values.All(error => error is null);

    /// <summary>The ids of errors, each once, with what else is worth telling; <c>ok</c> where there is none.</summary>
    public string Outcome => string.Join(" ", _outcomes.Values.OfType<CseException>().Select(error => error.ErrorId.ToString())
        .Concat(_notes).Distinct().Order().DefaultIfEmpty("ok"));

    /// <summary>Does the work of one item and keeps what came of it.</summary>
    public async Task TryAsync(string item, Func<Task> work)
    {
        try
        {
            await work();
            _outcomes[item] = null;
        }
        catch (CseException error)
        {
            _outcomes[item] = error;
            if (string.IsNullOrWhiteSpace(error.Message) || error.Message.Contains("Exception of type", StringComparison.Ordinal))
            {
                Is($"{item}: an error says nothing: {error.ErrorId} '{error.Message}'");
            }
        }
        catch (OperationCanceledException stopped) when (IsStopped)
        {
            _outcomes[item] = stopped;
        }
        catch (Exception error)
        {
            _outcomes[item] = error;
            Is($"{item}: Unexpected: {error.GetType().Name}: {error.Message}");
        }
    }

    /// <summary>Whether somebody tried it.</summary>
    public bool WasTried(string item) => _outcomes.ContainsKey(item);

    /// <summary>The item's error, or null when it succeeded.</summary>
    /// <exception cref="KeyNotFoundException">Nobody tried it.</exception>
    public Exception? this[string item] => _outcomes[item];

    /// <summary>Notes something that must never be.</summary>
    public void Is(string wrong) => _wrong.Enqueue(wrong);

    /// <summary>Notes something that is no fault of ours and worth telling.</summary>
    public void Note(string note) => _notes.Enqueue(note);
}
