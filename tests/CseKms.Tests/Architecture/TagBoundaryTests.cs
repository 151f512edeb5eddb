using Mono.Cecil;
using Xunit;

namespace CseKms.Tests.Architecture;

/// <summary>
/// A local file meets the data key and IV of a stored object where their tags are compared. Two messages of one IV give the key stream and
/// the authentication key away, so that neither ciphertext nor tag of the second one may leave.
/// </summary>
public sealed class TagBoundaryTests
{
    private static readonly TypeDefinition Check = Assemblies.Core.GetType("CseKms.Core.Content.TagCheck");
    private static readonly TypeDefinition Comparison = Assemblies.Core.GetType("CseKms.Core.Transfer.TagComparison");

    [Fact]
    public void Content_is_encrypted_in_segments_for_a_new_object_or_for_the_comparison_alone() =>
        Assert.Equal(["MessageEncryptor", "TagCheck"], Callers("CseKms.Core.Algorithms.SeekableGcm", "Encrypt"));

    [Fact]
    public void A_tag_is_computed_only_for_a_new_object() =>
        Assert.Equal(["MessageEncryptor"], Callers("CseKms.Core.Algorithms.SeekableGcm", "ComputeTag"));

    [Fact]
    public void What_opens_a_stored_object_encrypts_nothing_for_others() => Rule.Holds(
        from encrypts in Callers("CseKms.Core.Algorithms.ContentCipher", "EncryptWhole").Concat(Callers("CseKms.Core.Content.MessageEncryptor", ".ctor"))
        where Callers("CseKms.Core.Algorithms.ContentCipher", "ForDecryption").Concat(Callers("CseKms.Core.Transfer.OpenedObject", "OpenAsync")).Contains(encrypts)
        select $"{encrypts} opens stored objects and encrypts");

    [Fact]
    public void The_check_tells_yes_or_no() => Rule.Holds(
        from method in Check.Methods
        where !method.IsPrivate && !method.IsConstructor
        where method.ReturnType.FullName is not ("System.Void" or "System.Boolean") || method.Parameters.Any(CarriesBytesOut)
        select method.FullName);

    [Fact]
    public void Nobody_else_has_the_check()
    {
        Assert.Equal(["TagComparison"], Callers(Check.FullName, ".ctor"));
        Assert.Equal(["TagComparison"], Callers(Check.FullName, "Matches"));
        Assert.Equal(["TagCheck"], Callers("CseKms.Core.Algorithms.ContentCipher", "HasTag"));
    }

    [Fact]
    public void The_comparison_takes_nothing_back_from_a_part() => Rule.Holds(
        from call in Comparison.Calls()
        where call.DeclaringType.FullName is "CseKms.Core.Content.Part" or "CseKms.Core.Content.TransferBuffer"
        where call.Name is not ("get_IsLast" or "get_ContentLength" or "Dispose")
        select call.FullName);

    [Fact]
    public void What_comes_of_it_holds_no_bytes() => Rule.Holds(
        from type in new[] { Assemblies.Core.GetType("CseKms.Core.Transfer.ObjectFinding"), Assemblies.Cmdlets.GetType("CseKms.CseTestedObject") }
        from property in type.Properties
        let shown = property.PropertyType is GenericInstanceType { ElementType.Name: "Nullable`1" } nullable ? nullable.GenericArguments[0] : property.PropertyType
        where shown.FullName is not ("System.Boolean" or "System.Int64" or "System.String" or "CseKms.Core.CseException" or "CseKms.TestedPart" or "System.Type")
        select property.FullName);

    private static bool CarriesBytesOut(ParameterDefinition parameter) =>
        parameter.ParameterType.IsByReference || parameter.ParameterType.FullName is not
            ("CseKms.Core.Algorithms.ContentCipher" or "CseKms.Core.Content.Part" or "System.Int64" or "System.ReadOnlySpan`1<System.Byte>");

    private static string[] Callers(string type, string method) =>
    [
        .. Assemblies.Core.Types
            .Where(caller => caller.FullName != type && caller.Calls().Any(call => call.DeclaringType.FullName == type && call.Name == method))
            .Select(caller => caller.Name)
            .Order(StringComparer.Ordinal),
    ];
}
