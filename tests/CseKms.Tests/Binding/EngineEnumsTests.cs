using System.Globalization;
using System.Runtime.Loader;
using Xunit;

namespace CseKms.Tests.Binding;

/// <summary>Enums that stand both in the module, where users see them, and in the engine.</summary>
public class EngineEnumsTests
{
    // What the engine has no need of.
    private static readonly string[] OfTheModuleAlone = ["TestedPart", "SyncAction", "SyncComparison"];

    [Fact]
    public void Names_and_values_are_the_engines()
    {
        var context = new AssemblyLoadContext(nameof(EngineEnumsTests), isCollectible: true);
        try
        {
            var engine = context.LoadFromAssemblyPath(BuiltModule.File("deps", "CseKms.Core.dll"));
            var seen = context.LoadFromAssemblyPath(BuiltModule.File("bin", "CseKms.dll")).GetExportedTypes()
                .Where(type => type.IsEnum && !OfTheModuleAlone.Contains(type.Name)).ToArray();

            Assert.Equal(["CommitmentPolicy", "EnvelopeOrigin", "LegacyModes"], seen.Select(type => type.Name).Order());
            Assert.All(seen, type => Assert.Equal(Members(engine.ExportedTypes.Single(own => own.Name == type.Name)), Members(type)));
        }
        finally
        {
            context.Unload();
        }

        static IEnumerable<(string, long)> Members(Type type) =>
            Enum.GetNames(type).Select(member => (member, Convert.ToInt64(Enum.Parse(type, member), CultureInfo.InvariantCulture)));
    }
}
