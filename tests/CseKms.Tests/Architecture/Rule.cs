using Xunit;

namespace CseKms.Tests.Architecture;

internal static class Rule
{
    /// <summary>Fails with a line for each breach.</summary>
    public static void Holds(IEnumerable<string> breaches) =>
        Assert.True(!breaches.Any(), string.Join(Environment.NewLine, breaches.Distinct()));
}
