using Mono.Cecil;
using Mono.Cecil.Cil;

namespace CseKms.Tests.Architecture;

/// <summary>What the code of an assembly names, read from its file: it is never loaded.</summary>
internal static class Code
{
    /// <summary>A file's module, its debug information with it.</summary>
    public static ModuleDefinition Read(string path)
    {
        // An attribute's argument can be of an enumeration of PowerShell's, which is read only by who knows its size.
        var others = new DefaultAssemblyResolver();
        others.AddSearchDirectory(Pwsh.Home);
        return ModuleDefinition.ReadModule(path, new ReaderParameters { ReadSymbols = true, AssemblyResolver = others });
    }

    /// <summary>All types that a type names, its nested ones and the bodies of its methods included.</summary>
    public static IEnumerable<TypeReference> Uses(this TypeDefinition type) => Family(type)
        .SelectMany(member => Bases(member)
            .Concat(Attributes(member))
            .Concat(Constraints(member))
            .Concat(member.Fields.Select(field => field.FieldType))
            .Concat(member.Fields.Cast<ICustomAttributeProvider>().Concat(member.Properties).Concat(member.Events).SelectMany(Attributes))
            .Concat(member.Methods.SelectMany(method => Signature(method).Concat(Attributes(method)).Concat(Body(method)))))
        .SelectMany(Parts);

    /// <summary>What a type inherits from and implements.</summary>
    public static IEnumerable<TypeReference> Bases(this TypeDefinition type) =>
        type.Interfaces.Select(implemented => implemented.InterfaceType).Prepend(type.BaseType).OfType<TypeReference>().SelectMany(Parts);

    /// <summary>The types that code outside the assembly sees on a type: of its members, its bases and its constraints.</summary>
    public static IEnumerable<TypeReference> Shows(this TypeDefinition type) => Bases(type)
        .Concat(Constraints(type))
        .Concat(type.Fields.Where(field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly).Select(field => field.FieldType))
        .Concat(type.Methods.Where(method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly).SelectMany(Signature))
        .SelectMany(Parts);

    /// <summary>Whether code outside the assembly sees a type.</summary>
    public static bool IsVisible(this TypeDefinition type) =>
        type.IsPublic || ((type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamilyOrAssembly) && IsVisible(type.DeclaringType));

    /// <summary>The namespaces that the files of a type's methods import. A constant leaves no other trace of where it came from.</summary>
    public static IEnumerable<string> Imports(this TypeDefinition type) => Family(type)
        .SelectMany(member => member.Methods)
        .SelectMany(method => Scopes(method.DebugInformation.Scope?.Import))
        .SelectMany(scope => scope.Targets)
        .Where(import => import.Kind == ImportTargetKind.ImportNamespace)
        .Select(import => import.Namespace);

    /// <summary>All texts that a type's code can show: of its instructions and its constants.</summary>
    public static IEnumerable<string> Texts(this TypeDefinition type) => Family(type)
        .SelectMany(member => member.Methods.SelectMany(method => Instructions(method).Select(instruction => instruction.Operand))
            .Concat(member.Fields.Select(field => field.Constant)))
        .OfType<string>();

    /// <summary>All methods that a type's code calls.</summary>
    public static IEnumerable<MethodReference> Calls(this TypeDefinition type) => Family(type)
        .SelectMany(member => member.Methods.SelectMany(CallsOf));

    /// <summary>The methods that a method calls.</summary>
    public static IEnumerable<MethodReference> CallsOf(this MethodDefinition method) =>
        Instructions(method).Select(instruction => instruction.Operand).OfType<MethodReference>();

    /// <summary>The namespace of a type, or of the type around it.</summary>
    public static string Room(this TypeReference type) => type.DeclaringType is { } outer ? Room(outer) : type.Namespace;

    private static IEnumerable<TypeDefinition> Family(TypeDefinition type) => type.NestedTypes.SelectMany(Family).Prepend(type);

    private static IEnumerable<TypeReference> Attributes(ICustomAttributeProvider member) =>
        member.CustomAttributes.SelectMany(attribute => attribute.ConstructorArguments
            .Select(argument => argument.Value as TypeReference ?? argument.Type)
            .Append(attribute.AttributeType));

    private static IEnumerable<TypeReference> Constraints(IGenericParameterProvider member) =>
        member.GenericParameters.SelectMany(parameter => parameter.Constraints).Select(constraint => constraint.ConstraintType);

    private static IEnumerable<TypeReference> Signature(MethodDefinition method) =>
        method.Parameters.Select(parameter => parameter.ParameterType).Append(method.ReturnType).Concat(Constraints(method));

    private static IEnumerable<TypeReference> Body(MethodDefinition method) => !method.HasBody ? [] : method.Body.Variables
        .Select(variable => variable.VariableType)
        .Concat(method.Body.ExceptionHandlers.Select(handler => handler.CatchType).OfType<TypeReference>())
        .Concat(Instructions(method).SelectMany(instruction => Named(instruction.Operand)));

    // The usings of a file stand around its namespace.
    private static IEnumerable<ImportDebugInformation> Scopes(ImportDebugInformation? scope) =>
        scope is null ? [] : Scopes(scope.Parent).Prepend(scope);

    private static IEnumerable<Instruction> Instructions(MethodDefinition method) => method.HasBody ? method.Body.Instructions : [];

    private static IEnumerable<TypeReference> Named(object operand) => operand switch
    {
        TypeReference type => [type],
        GenericInstanceMethod method => [.. Named(method.ElementMethod), .. method.GenericArguments],
        MethodReference method => [method.DeclaringType, method.ReturnType, .. method.Parameters.Select(parameter => parameter.ParameterType)],
        FieldReference field => [field.DeclaringType, field.FieldType],
        _ => [],
    };

    // The types that a type is made of: those of an array, a pointer, a generic one.
    private static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Parts).Append(generic.ElementType),
        FunctionPointerType pointer => pointer.Parameters.Select(parameter => parameter.ParameterType).Append(pointer.ReturnType).SelectMany(Parts),
        TypeSpecification specification => Parts(specification.ElementType),
        GenericParameter => [],
        _ => [type],
    };
}
