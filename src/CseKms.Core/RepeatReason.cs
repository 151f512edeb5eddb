namespace CseKms.Core;

/// <summary>Why a request may be sent again.</summary>
internal enum RepeatReason
{
    /// <summary>It may not: the answer is an answer.</summary>
    None,

    /// <summary>The service asks for fewer requests or is not available.</summary>
    Throttled,

    /// <summary>The service was not reached.</summary>
    Unreachable,

    /// <summary>The request, its answer or the service broke. The service may have done what was asked.</summary>
    Broken,

    /// <summary>Nothing moved for as long as a request may stand still. The service may have done what was asked.</summary>
    Silent,

    /// <summary>The clocks differ; the SDK has corrected its own since.</summary>
    ClockSkew,
}
