namespace CseKms.Binding;

/// <summary>Sees to it that a key which is given once goes to one object: the first waits until it is known to be the only one.</summary>
/// <param name="isOne">Whether one key is given for all.</param>
/// <param name="refuse">Ends the call when a second one shows up.</param>
internal sealed class OneKey(bool isOne, Func<Exception> refuse)
{
    private (string? Path, Action Do)? _only;

    /// <summary>Takes one, and does it at once where each has a key of its own.</summary>
    /// <param name="path">Tells a file that is named twice; none for what is in no file.</param>
    /// <param name="action">Does it.</param>
    public void Take(string? path, Action action)
    {
        if (!isOne)
        {
            action();
        }
        else if (_only is null || (path is not null && _only.Value.Path == path))
        {
            _only = (path, action);
        }
        else
        {
            _only = null;
            throw refuse();
        }
    }

    /// <summary>Does the one that waited, when no other can come.</summary>
    public void DoOnly() => _only?.Do();
}
