using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace CseKms.Tests.Architecture;

/// <summary>Reads an assembly's metadata without loading it.</summary>
internal sealed class AssemblyFile : IDisposable
{
    private static readonly Dictionary<short, OpCode> OpCodes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    private readonly PEReader _image;
    private readonly MetadataReader _metadata;
    private readonly TypeNames _names = new();

    public AssemblyFile(string path)
    {
        _image = new PEReader(File.OpenRead(path));
        _metadata = _image.GetMetadataReader();
    }

    public Version Version => _metadata.GetAssemblyDefinition().Version;

    public IReadOnlyList<string> References =>
        [.. _metadata.AssemblyReferences.Select(handle => _metadata.GetString(_metadata.GetAssemblyReference(handle).Name))];

    public IEnumerable<TypeDefinition> Types => _metadata.TypeDefinitions.Select(_metadata.GetTypeDefinition);

    /// <summary>Namespace and name of a type; a nested one counts as the type around it.</summary>
    public string NameOf(TypeDefinition type)
    {
        while (!type.GetDeclaringType().IsNil)
        {
            type = _metadata.GetTypeDefinition(type.GetDeclaringType());
        }

        return $"{_metadata.GetString(type.Namespace)}.{_metadata.GetString(type.Name)}";
    }

    public bool IsPublic(TypeDefinition type) => (type.Attributes & TypeAttributes.VisibilityMask) switch
    {
        TypeAttributes.Public => true,
        TypeAttributes.NestedPublic or TypeAttributes.NestedFamily or TypeAttributes.NestedFamORAssem =>
            IsPublic(_metadata.GetTypeDefinition(type.GetDeclaringType())),
        _ => false,
    };

    /// <summary>What a type inherits from and implements.</summary>
    public IEnumerable<string> Bases(TypeDefinition type) =>
        Names(type.BaseType).Concat(type.GetInterfaceImplementations().SelectMany(handle => Names(_metadata.GetInterfaceImplementation(handle).Interface)));

    /// <summary>The types of its members that code outside the assembly sees, and its bases.</summary>
    public IEnumerable<string> PublicSignatures(TypeDefinition type) =>
        Bases(type)
            .Concat(Methods(type).Where(method => IsVisible(method.Attributes)).SelectMany(Signature))
            .Concat(Fields(type).Where(field => IsVisible((MethodAttributes)field.Attributes)).SelectMany(field => field.DecodeSignature(_names, null)));

    /// <summary>All types that a type's bases, fields, signatures and method bodies name.</summary>
    public IEnumerable<string> Uses(TypeDefinition type) =>
        Bases(type)
            .Concat(Fields(type).SelectMany(field => field.DecodeSignature(_names, null)))
            .Concat(Methods(type).SelectMany(method => Signature(method).Concat(Body(method))))
            .Distinct();

    public void Dispose() => _image.Dispose();

    private static bool IsVisible(MethodAttributes attributes) =>
        (attributes & MethodAttributes.MemberAccessMask) is MethodAttributes.Public or MethodAttributes.Family or MethodAttributes.FamORAssem;

    private IEnumerable<MethodDefinition> Methods(TypeDefinition type) => type.GetMethods().Select(_metadata.GetMethodDefinition);

    private IEnumerable<FieldDefinition> Fields(TypeDefinition type) => type.GetFields().Select(_metadata.GetFieldDefinition);

    private IEnumerable<string> Signature(MethodDefinition method) => Flat(method.DecodeSignature(_names, null));

    private static IEnumerable<string> Flat(MethodSignature<ImmutableArray<string>> signature) =>
        signature.ReturnType.Concat(signature.ParameterTypes.SelectMany(names => names));

    private IEnumerable<string> Body(MethodDefinition method)
    {
        if (method.RelativeVirtualAddress == 0)
        {
            return [];
        }

        var found = new List<string>();
        var body = _image.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            found.AddRange(_metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_names, null).SelectMany(names => names));
        }

        for (var code = body.GetILReader(); code.RemainingBytes > 0;)
        {
            short value = code.ReadByte();
            if (value == 0xFE)
            {
                value = (short)(0xFE00 | code.ReadByte());
            }

            switch (OpCodes[value].OperandType)
            {
                case OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok:
                    found.AddRange(Names(MetadataTokens.EntityHandle(code.ReadInt32())));
                    break;
                case OperandType.InlineSwitch:
                    code.Offset += code.ReadInt32() * sizeof(int);
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.Offset += sizeof(byte);
                    break;
                case OperandType.InlineVar:
                    code.Offset += sizeof(short);
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.Offset += sizeof(long);
                    break;
                default:
                    code.Offset += sizeof(int);
                    break;
            }
        }

        return found;
    }

    private IEnumerable<string> Names(EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return [];
        }

        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                return [NameOf(_metadata.GetTypeDefinition((TypeDefinitionHandle)handle))];
            case HandleKind.TypeReference:
                return _names.GetTypeFromReference(_metadata, (TypeReferenceHandle)handle, 0);
            case HandleKind.TypeSpecification:
                return _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_names, null);
            case HandleKind.FieldDefinition:
                return Names(_metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
            case HandleKind.MethodDefinition:
                return Names(_metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
            case HandleKind.MemberReference:
                return Names(_metadata.GetMemberReference((MemberReferenceHandle)handle).Parent);
            case HandleKind.MethodSpecification:
                var generic = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                return Names(generic.Method).Concat(generic.DecodeSignature(_names, null).SelectMany(names => names));
            default:
                return [];
        }
    }

    /// <summary>Decodes a signature to the names of all types in it.</summary>
    private sealed class TypeNames : ISignatureTypeProvider<ImmutableArray<string>, object?>
    {
        public ImmutableArray<string> GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            var type = reader.GetTypeDefinition(handle);
            return type.GetDeclaringType() is { IsNil: false } outer
                ? GetTypeFromDefinition(reader, outer, rawTypeKind)
                : [$"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}"];
        }

        public ImmutableArray<string> GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            var type = reader.GetTypeReference(handle);
            return type.ResolutionScope.Kind == HandleKind.TypeReference
                ? GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, rawTypeKind)
                : [$"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}"];
        }

        public ImmutableArray<string> GetTypeFromSpecification(MetadataReader reader, object? context, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, context);

        public ImmutableArray<string> GetGenericInstantiation(ImmutableArray<string> generic, ImmutableArray<ImmutableArray<string>> arguments) =>
            [.. generic, .. arguments.SelectMany(names => names)];

        public ImmutableArray<string> GetFunctionPointerType(MethodSignature<ImmutableArray<string>> signature) => [.. Flat(signature)];

        public ImmutableArray<string> GetModifiedType(ImmutableArray<string> modifier, ImmutableArray<string> type, bool isRequired) => type;

        public ImmutableArray<string> GetArrayType(ImmutableArray<string> element, ArrayShape shape) => element;

        public ImmutableArray<string> GetSZArrayType(ImmutableArray<string> element) => element;

        public ImmutableArray<string> GetByReferenceType(ImmutableArray<string> element) => element;

        public ImmutableArray<string> GetPointerType(ImmutableArray<string> element) => element;

        public ImmutableArray<string> GetPinnedType(ImmutableArray<string> element) => element;

        public ImmutableArray<string> GetPrimitiveType(PrimitiveTypeCode code) => [];

        public ImmutableArray<string> GetGenericMethodParameter(object? context, int index) => [];

        public ImmutableArray<string> GetGenericTypeParameter(object? context, int index) => [];
    }
}
