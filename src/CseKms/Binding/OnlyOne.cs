namespace CseKms.Binding;

/// <summary>Sees to it that a name which is given once goes to one object: the first waits until it is known to be the only one.</summary>
/// <param name="isOne">Whether one name is given for all.</param>
/// <param name="refuse">Ends the call when a second one shows up.</param>
internal sealed class OnlyOne(bool isOne, Func<Exception> refuse)
{
    private (string? Identity, Action Do)? _only;

    /// <summary>Takes one, and does it at once where each has a name of its own.</summary>
    /// <param name="identity">Tells what is named twice; none for what cannot be.</param>
    /// <param name="action">Does it.</param>
    public void Take(string? identity, Action action)
    {
        if (!isOne)
        {
            action();
        }
        else if (_only is null || (identity is not null && _only.Value.Identity == identity))
        {
            _only = (identity, action);
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
