using Xunit;

namespace CseKms.Tests.Architecture;

/// <summary>Within an assembly all arrows between its rooms go one way.</summary>
public sealed class RoomTests
{
    private static readonly Rooms Engine = new(Assemblies.Core, "CseKms.Core", ground: ["", "Settings"])
    {
        { "Algorithms" },
        { "Format", "Algorithms" },
        { "Materials", "Format" },
        { "Content.Files" },
        { "Content", "Content.Files", "Format" },
        { "Aws.Http" },
        { "Aws.Identity", "Aws.Http" },
        { "Aws", "Aws.Identity", "Materials" },
        { "Transfer", "Content", "Materials", "Aws" },
        { "Session", "Transfer" },
    };

    private static readonly Rooms Cmdlets = new(Assemblies.Cmdlets, "CseKms")
    {
        { "Isolation" },
        { "", "Isolation" },
        { "Errors", "" },
        { "Binding", "Errors" },
        { "Work", "Binding" },
        { "Cmdlets", "Work" },
        { "Commands", "Cmdlets" },
    };

    public static TheoryData<string> RoomsOfTheEngine => [.. Engine];

    public static TheoryData<string> RoomsOfTheModule => [.. Cmdlets];

    [Theory]
    [MemberData(nameof(RoomsOfTheEngine))]
    public void The_engine_looks_down_the_line(string room) => Rule.Holds(Engine.Trespasses(room));

    [Theory]
    [MemberData(nameof(RoomsOfTheModule))]
    public void The_module_looks_down_the_line(string room) => Rule.Holds(Cmdlets.Trespasses(room));

    [Fact]
    public void Each_room_has_its_place_in_the_line()
    {
        Assert.Equal(Engine.Inhabited().Order(), Engine.Order());
        Assert.Equal(Cmdlets.Inhabited().Order(), Cmdlets.Order());
    }

    [Fact]
    public void No_command_knows_another() =>
        Rule.Holds(
            from type in Assemblies.Cmdlets.Types
            from used in type.Uses()
            where used != type && used.Namespace == "CseKms.Commands" && used.Name.EndsWith("Command", StringComparison.Ordinal)
            select $"{type.Name} knows {used.Name}");
}
