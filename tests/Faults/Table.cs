namespace CseKms.Faults;

/// <summary>What came of faults: a row a fault, a column a scenario, outcomes once / always in each cell.</summary>
public sealed class Table
{
    private readonly List<string> _scenarios = [];
    private readonly List<string> _faults = [];
    private readonly Dictionary<(string Fault, string Scenario, bool Once), SortedSet<string>> _cells = [];

    public void Add(Case one, Report report)
    {
        var once = !one.When.EndsWith("and later", StringComparison.Ordinal) && one.When != "always";
        Remember(_scenarios, one.Scenario.Name);
        Remember(_faults, one.Fault);
        var key = (one.Fault, one.Scenario.Name, once);
        if (!_cells.TryGetValue(key, out var outcomes))
        {
            _cells.Add(key, outcomes = []);
        }

        outcomes.Add(report.Wrong.Count > 0 ? "WRONG" : report.Outcome);
    }

    /// <summary>In Markdown.</summary>
    public override string ToString()
    {
        var lines = new List<string>
        {
            $"| fault | {string.Join(" | ", _scenarios)} |",
            $"|---|{string.Concat(_scenarios.Select(_ => "---|"))}",
        };
        lines.AddRange(_faults.Order(StringComparer.Ordinal).Select(fault => $"| {fault} | {string.Join(" | ", _scenarios.Select(scenario => Cell(fault, scenario)))} |"));
        return string.Join('\n', lines);
    }

    private string Cell(string fault, string scenario)
    {
        string?[] both = [Text(fault, scenario, once: true), Text(fault, scenario, once: false)];
        return both is [null, null] ? "" : string.Join(" / ", both.Where(text => text is not null));
    }

    private string? Text(string fault, string scenario, bool once) =>
        _cells.TryGetValue((fault, scenario, once), out var outcomes) ? string.Join(", ", outcomes) : null;

    private static void Remember(List<string> names, string name)
    {
        if (!names.Contains(name))
        {
            names.Add(name);
        }
    }
}
