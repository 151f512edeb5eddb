using System.Collections;
using Mono.Cecil;

namespace CseKms.Tests.Architecture;

/// <summary>The rooms of an assembly, which are its namespaces, and which others the code in each may name.</summary>
internal sealed class Rooms : IEnumerable<string>
{
    private readonly ModuleDefinition _module;
    private readonly string _root;
    private readonly string[] _ground;
    private readonly Dictionary<string, HashSet<string>> _known = [];

    /// <param name="module">The assembly.</param>
    /// <param name="root">The namespace around all rooms. It is one itself, of the name "".</param>
    /// <param name="ground">The rooms that all others may name. They may name each other.</param>
    public Rooms(ModuleDefinition module, string root, params string[] ground)
    {
        _module = module;
        _root = root;
        _ground = [.. ground.Select(Full)];
        foreach (var room in _ground)
        {
            _known.Add(room, [.. _ground]);
        }
    }

    /// <summary>Adds a room that may name others, and all that these may name. They must be there already: so there are no circles.</summary>
    public void Add(string name, params ReadOnlySpan<string> below)
    {
        HashSet<string> known = [Full(name), .. _ground];
        foreach (var other in below)
        {
            known.UnionWith(_known[Full(other)]);
        }

        _known.Add(Full(name), known);
    }

    /// <summary>What the code of a room names or imports, and must not know.</summary>
    public IEnumerable<string> Trespasses(string room) =>
        from type in _module.Types
        where type.Namespace == room
        from known in type.Uses().OfType<TypeDefinition>().Select(used => (What: used.FullName, Room: used.Room()))
            .Concat(type.Imports().Select(import => (What: $"the namespace {import}", Room: import)))
            .Distinct()
        where _known.ContainsKey(known.Room) && !_known[room].Contains(known.Room)
        select $"{type.Name} knows {known.What}";

    /// <summary>The rooms that have types in them.</summary>
    public IEnumerable<string> Inhabited() => _module.Types
        .Select(type => type.Namespace)
        .Where(room => room == _root || room.StartsWith(_root + ".", StringComparison.Ordinal))
        .Distinct();

    public IEnumerator<string> GetEnumerator() => _known.Keys.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private string Full(string name) => name.Length == 0 ? _root : $"{_root}.{name}";
}
