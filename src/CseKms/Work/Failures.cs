using CseKms.Core;

namespace CseKms.Work;

/// <summary>Tells after which failure a call gives up.</summary>
internal sealed class Failures
{
    private const int DenialsBeforeGivingUp = 10;

    private int _denied;
    private bool _hasSucceeded;

    /// <summary>Notes that work on an object succeeded.</summary>
    public void NoteSuccess() => _hasSucceeded = true;

    /// <summary>Notes a failure. A denial may be one object's; so many without a success are the key's.</summary>
    /// <returns>Whether it ends the call.</returns>
    public bool EndCall(CseException failure) => failure.Reach switch
    {
        ErrorReach.AllObjects => true,
        ErrorReach.PerhapsAllObjects => ++_denied >= DenialsBeforeGivingUp && !_hasSucceeded,
        _ => false,
    };
}
