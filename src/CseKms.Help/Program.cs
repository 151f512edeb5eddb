using System.Runtime.Loader;
using CseKms.Help;

if (args is not [var assemblyPath, var documentationPath, var outputPath])
{
    Console.Error.WriteLine("Usage: CseKms.Help <path of CseKms.dll> <path of CseKms.xml> <output file>");
    return 2;
}

if (new[] { assemblyPath, documentationPath }.FirstOrDefault(file => !File.Exists(file)) is { } absent)
{
    Console.Error.WriteLine($"{absent} : error CSEHELP : The file does not exist.");
    return 1;
}

var folder = Path.GetDirectoryName(Path.GetFullPath(assemblyPath))!;
AssemblyLoadContext.Default.Resolving += (context, name) =>
    Path.Combine(folder, name.Name + ".dll") is var file && File.Exists(file) ? context.LoadFromAssemblyPath(file) : null;

var documentation = new Documentation(documentationPath);
var cmdlets = AssemblyLoadContext.Default.LoadFromAssemblyPath(Path.GetFullPath(assemblyPath))
    .GetExportedTypes()
    .Where(CmdletModel.IsCmdlet)
    .Select(type => new CmdletModel(type))
    .OrderBy(cmdlet => cmdlet.Name, StringComparer.Ordinal)
    .ToList();

var help = new MamlWriter(documentation).Write(cmdlets);
if (cmdlets.Count == 0)
{
    documentation.Missing("the assembly", "a cmdlet");
}

foreach (var problem in documentation.Problems)
{
    Console.Error.WriteLine($"{documentationPath} : error CSEHELP : {problem}");
}

if (documentation.Problems.Count > 0)
{
    return 1;
}

Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(outputPath))!);
help.Save(outputPath);
return 0;
