using CseKms.Sandbox;

namespace CseKms.Faults;

/// <summary>Every fault at every request of every scenario, once and always; and stores that are always a little different.</summary>
public static class Matrix
{
    private const string Endless = "store: always the same token";

    /// <summary>Stores that differ from S3 in all their answers: what they are called, and how they are made.</summary>
    private static readonly (string Name, Func<World, Fault> Make)[] Stores =
    [
        ("store: weak ETags", world => world.Strike(_ => true, FaultAction.WeakenETags, SandboxFaults.Always)),
        ("store: parts of one length, as R2", world => world.Strike(
            StoreRules.CompletesUnevenParts(), FaultAction.Fail(400, "InvalidPart"), SandboxFaults.Always)),
        (Endless, world => world.Strike(_ => true, FaultAction.SameToken, SandboxFaults.Always)),
        ("store: no encoding-type", world => world.Strike(_ => true, FaultAction.ListWithoutEncoding, SandboxFaults.Always)),
        ("store: each first request of a key fails", world => world.Strike(
            request => request.Service == "s3", FaultAction.Throttle, FaultLimit.FirstOfEachKey(1))),
        ("store: KMS at 5 calls a second", world => world.Strike(
            request => request.Service == "kms", FaultAction.Throttle, FaultLimit.Above(5, burst: 1))),
        ("store: down for a second", world => world.Strike(_ => true, FaultAction.Throttle, FaultLimit.For(TimeSpan.FromSeconds(1)))),
        ("store: 40 % of requests fail", world => world.Strike(_ => true, FaultAction.Throttle, FaultLimit.Chance(0.4, world.Number))),
    ];

    /// <summary>All cases of a scenario.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="world">A world where it is prepared, to see which requests it makes.</param>
    /// <exception cref="InvalidOperationException">It fails on a good day.</exception>
    public static async Task<IReadOnlyList<Case>> CasesAsync(Scenario scenario, World world)
    {
        var report = await new Case(scenario, "none", "never", _ => []) { MustSucceed = true }.RunAsync(world);
        if (report.Wrong.Count > 0)
        {
            throw new InvalidOperationException($"{scenario.Name} fails on a good day: {string.Join("; ", report.Wrong)}");
        }

        var counts = report.Requests.CountBy(request => request.Operation).ToList();
        return
        [
            .. from fault in NamedFault.All
               from operation in counts
               where fault.Hits(operation.Key)
               from number in Enumerable.Range(1, operation.Value)
               from once in new[] { true, false }
               select new Case(scenario, fault.Name, $"{operation.Key} {number}{(once ? "" : " and later")}", Order(fault, operation.Key, number, once))
               {
                   // Completing may take S3 longer than a call is patient.
                   MustSucceed = once && fault.IsTransient && (fault.Name, operation.Key) != ("silent", "CompleteMultipartUpload"),
                   MayAppearLate = operation.Key == "HeadObject" || fault.Name is "upload-stalled" or "upload-slow",
               },
            .. Stores.Select(store => new Case(scenario, store.Name, "always", w => [store.Make(w)]) { MustSucceed = store.Name != Endless || scenario is not (Scenarios.List or Scenarios.Uploads) }),
        ];
    }

    private static Func<World, IReadOnlyList<IDisposable>> Order(NamedFault fault, string operation, int number, bool once) => world =>
        [world.Strike(request => request.Operation == operation, fault.Action(), once ? FaultLimit.Only(number) : FaultLimit.From(number))];
}
