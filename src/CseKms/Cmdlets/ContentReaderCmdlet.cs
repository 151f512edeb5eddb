using System.Management.Automation;
using CseKms.Binding;
using CseKms.Core;
using CseKms.Core.Session;
using CseKms.Errors;
using CseKms.Work;

namespace CseKms.Cmdlets;

/// <summary>The objects that are read.</summary>
public abstract class ContentReaderCmdlet : ReaderCmdlet
{
    /// <summary>The exact key of an object, or of several.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[]? Key { get; set; }

    /// <summary>The version of the object; the newest unless given.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? VersionId { get; set; }

    /// <summary>
    /// Whether the version is a delete marker, as a listing of versions tells by this property. Such a one holds nothing, and an error says
    /// so.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public bool? IsDeleteMarker { get; set; }

    /// <summary>The folder of the bucket whose objects are taken; with -Key or a piped listing, what is taken off the keys to name the files.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string? KeyPrefix { get; set; }

    /// <summary>What an instruction file's key adds to the key of its object, when another client chose something else than .instruction.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string InstructionFileSuffix { get; set; } = S3EncryptionClient.InstructionFileSuffix;

    /// <summary>Pass over objects that are archived (Glacier) and not restored, instead of an error for each.</summary>
    [Parameter]
    public SwitchParameter SkipArchived { get; set; }

    /// <summary>Whether an object comes along with others, and is not the one that was asked for.</summary>
    private protected bool IsListed => KeyPrefix is not null || Key is not [_] || MyInvocation.ExpectingInput;

    /// <summary>The objects that this record names: by their keys, or all below a folder.</summary>
    private protected IEnumerable<NamedObject> FindObjects()
    {
        var bucket = RequireBucket();
        return Key is not null
            ? Key.Select(FindOne).OfType<NamedObject>()
            : FindBelow(bucket, KeyMapper.AsFolder(KeyPrefix ?? SharedSession.Defaults.KeyPrefix ?? throw Terminate(ErrorRecords.NothingNamed())));
    }

    private NamedObject? FindOne(string key)
    {
        var address = AddressOf(key, VersionId);
        if (IsDeleteMarker == true)
        {
            WriteError(ErrorRecords.From(this, new CseException(ErrorId.DeleteMarker, ListedVersion.HoldsNothing($"{address}")), null, address));
            return null;
        }

        if (KeyPrefix is null && !MyInvocation.ExpectingInput)
        {
            return new NamedObject(address, key[(key.LastIndexOf('/') + 1)..]);
        }

        var prefix = KeyMapper.AsFolder(KeyPrefix ?? "");
        if (key.StartsWith(prefix, StringComparison.Ordinal))
        {
            return new NamedObject(address, key[prefix.Length..]);
        }

        WriteError(ErrorRecords.KeyNotUnderPrefix(address, prefix));
        return null;
    }

    private IEnumerable<NamedObject> FindBelow(string bucket, string prefix)
    {
        var isEmpty = true;
        foreach (var item in List(prefix))
        {
            isEmpty = false;
            yield return new NamedObject(AddressOf(item.Key), item.Key[prefix.Length..]) { Size = item.Size };
        }

        if (isEmpty)
        {
            WriteError(ErrorRecords.NothingFound(bucket, prefix));
        }
    }
}
