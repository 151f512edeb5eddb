using System.Management.Automation;
using CseKms.Binding;
using CseKms.Core;
using CseKms.Core.Session;

namespace CseKms.Cmdlets;

/// <summary>The stored objects that a call is about: all below a prefix, one by its key, or what comes through the pipe.</summary>
public abstract class ObjectSelectorCmdlet : KmsCmdlet
{
    private protected const string PrefixSet = "Prefix";
    private protected const string KeyPrefixSet = "KeyPrefix";
    private protected const string KeySet = "Key";

    /// <summary>What the keys begin with, taken as it is. Everything unless given.</summary>
    [Parameter(Position = 1, ParameterSetName = PrefixSet)]
    [AllowEmptyString]
    public string? Prefix { get; set; }

    /// <summary>The folder of the bucket. A slash at its end is added when it is missing.</summary>
    [Parameter(Mandatory = true, ParameterSetName = KeyPrefixSet)]
    [AllowEmptyString]
    public string? KeyPrefix { get; set; }

    /// <summary>The exact key of an object, or of several.</summary>
    [Parameter(Mandatory = true, ParameterSetName = KeySet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[]? Key { get; set; }

    /// <summary>The version of the object; the newest unless given.</summary>
    [Parameter(ParameterSetName = KeySet, ValueFromPipelineByPropertyName = true)]
    public string? VersionId { get; set; }

    /// <summary>Whether the version is a delete marker, as a listing of versions tells by this property. It is counted, and holds nothing.</summary>
    [Parameter(ParameterSetName = KeySet, ValueFromPipelineByPropertyName = true)]
    public bool? IsDeleteMarker { get; set; }

    /// <summary>What an instruction file's key adds to the key of its object, when another client chose something else than .instruction.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string InstructionFileSuffix { get; set; } = S3EncryptionClient.InstructionFileSuffix;

    /// <summary>What the listed keys begin with; <see langword="null"/> when the objects were named one by one.</summary>
    private protected string? ListedPrefix =>
        ParameterSetName == KeySet ? null
        : KeyPrefix is not null ? KeyMapper.AsFolder(KeyPrefix)
        : Prefix ?? SharedSession.Defaults.KeyPrefix ?? "";

    /// <summary>The objects that this record names.</summary>
    private protected IEnumerable<ObjectAddress> FindObjects() =>
        ListedPrefix is { } prefix ? List(prefix).Select(item => AddressOf(item.Key)) : Key!.Select(key => AddressOf(key, VersionId));
}
