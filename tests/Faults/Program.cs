using System.Diagnostics;
using System.Globalization;
using CseKms.Faults;

const string Usage = """
    dotnet run --project tests/Faults -- [options]
      --matrix          every fault at every request
      --seeds N         N days with several faults, drawn by seeds
      --first-seed N    the first of them (default: 1)
      --kills N         kills N processes
      --moto            in front of moto instead of the sandbox
      --fault TEXT      of the matrix, only faults whose names contain it
      --scenario TEXT   of the matrix, only scenarios whose names contain it
      --parallel N      cases at once (default: 16)
    Without --matrix, --seeds and --kills: the matrix, 10000 seeds, 200 kills, and the matrix in front of moto.
    """;

if (args is [Kills.Child, .. var call])
{
    await Kills.RunChildAsync(call);
    return 0;
}

int seeds = 0, firstSeed = 1, kills = 0, parallel = 16;
bool matrix = false, moto = false;
string fault = "", scenario = "";
for (var i = 0; i < args.Length; i++)
{
    var value = args.ElementAtOrDefault(i + 1) ?? "";
    switch (args[i])
    {
        case "--matrix":
            matrix = true;
            break;
        case "--moto":
            moto = true;
            break;
        case "--fault":
            (fault, i) = (value, i + 1);
            break;
        case "--scenario":
            (scenario, i) = (value, i + 1);
            break;
        case "--seeds" when int.TryParse(value, CultureInfo.InvariantCulture, out seeds):
        case "--first-seed" when int.TryParse(value, CultureInfo.InvariantCulture, out firstSeed):
        case "--kills" when int.TryParse(value, CultureInfo.InvariantCulture, out kills):
        case "--parallel" when int.TryParse(value, CultureInfo.InvariantCulture, out parallel):
            i++;
            break;
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}

var all = !matrix && seeds == 0 && kills == 0;
var wrong = 0;
await using (var backend = moto && !all ? await Backend.StartMotoAsync() : await Backend.StartAsync())
{
    if (matrix || all)
    {
        await RunMatrixAsync(backend, hasDays: !moto);
    }

    if (seeds > 0 || all)
    {
        await RunSchedulesAsync(backend, all ? 10_000 : seeds);
    }

    if (kills > 0 || all)
    {
        await RunKillsAsync(backend, all ? 200 : kills);
    }
}

if (all)
{
    await using var backend = await Backend.StartMotoAsync();
    await RunMatrixAsync(backend, hasDays: false);
}

return wrong == 0 ? 0 : 1;

async Task RunMatrixAsync(Backend backend, bool hasDays)
{
    var (table, count, began) = (new Table(), 0, Stopwatch.GetTimestamp());
    foreach (var one in Scenario.All.Where(s => s.Name.Contains(scenario, StringComparison.Ordinal)))
    {
        await using var world = await World.CreateAsync(backend);
        await one.PrepareAsync(world);
        var cases = (await Matrix.CasesAsync(one, world)).Where(c => c.Fault.Contains(fault, StringComparison.Ordinal)).ToList();
        await foreach (var (ran, report) in new Runner(backend, parallel).RunAsync(cases))
        {
            Take(ran, report);
        }

        if (hasDays && "day:".StartsWith(fault, StringComparison.Ordinal))
        {
            await foreach (var (ran, report) in Days.RunAsync(one))
            {
                Take(ran, report);
            }
        }
    }

    Console.WriteLine(table);
    Console.Error.WriteLine($"matrix: {count} cases, {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s");

    void Take(Case ran, Report report)
    {
        count++;
        table.Add(ran, report);
        Tell(ran, report);
    }
}

async Task RunSchedulesAsync(Backend backend, int number)
{
    var (count, began) = (0, Stopwatch.GetTimestamp());
    await foreach (var (ran, report) in new Runner(backend, parallel).RunAsync(Enumerable.Range(firstSeed, number).Select(Schedules.Of)))
    {
        Tell(ran, report);
        if (++count % 500 == 0)
        {
            Console.Error.WriteLine($"{count} seeds, {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s");
        }
    }

    Console.WriteLine($"{count} days drawn by seeds from {firstSeed} on: {wrong} wrong so far");
}

async Task RunKillsAsync(Backend backend, int number)
{
    await foreach (var text in Kills.RunAsync(backend, number, firstSeed))
    {
        wrong++;
        Console.Error.WriteLine($"WRONG {text}");
    }

    Console.WriteLine($"{number} processes killed: {wrong} wrong so far");
}

void Tell(Case ran, Report report)
{
    if (report.Wrong.Count > 0)
    {
        wrong++;
        Console.Error.WriteLine($"WRONG {ran}: {string.Join("; ", report.Wrong)}");
    }
}
