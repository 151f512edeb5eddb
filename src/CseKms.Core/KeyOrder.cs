namespace CseKms.Core;

/// <summary>The order in which S3 lists keys: that of their bytes in UTF-8.</summary>
public static class KeyOrder
{
    /// <summary>Compares two keys. It is that of their code points, which UTF-16 keeps but for surrogates.</summary>
    /// <returns>Less than, equal to or more than zero.</returns>
    public static int Compare(string left, string right)
    {
        var shared = left.AsSpan().CommonPrefixLength(right);
        return shared == left.Length || shared == right.Length
            ? left.Length.CompareTo(right.Length)
            : Rank(left[shared]).CompareTo(Rank(right[shared]));
    }

    // Surrogates stand for code points beyond all that one unit can name.
    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + char.MaxValue : unit;
}
