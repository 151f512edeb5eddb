using System.Collections;
using System.Management.Automation;
using CseKms.Binding;
using CseKms.Core;

namespace CseKms.Cmdlets;

/// <summary>What S3 stores beside the objects that are sent, all of it in the clear.</summary>
public abstract class ObjectAttributesCmdlet : KeyedCmdlet
{
    /// <summary>
    /// User metadata of the objects, in the clear: names of letters, digits, hyphens and the like, values in printable ASCII. Names that begin
    /// with x-amz- are reserved.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextMapArgument]
    [ValidateNotNull]
    public IDictionary Metadata { get; set; } = new Hashtable();

    /// <summary>Tags of the objects, in the clear: a hashtable of names and values, or objects with the properties Key and Value.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    [ValidateTag]
    public PSObject[] TagSet { get; set; } = [];

    /// <summary>The content type of the objects, such as text/csv; by the file's extension unless given.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? ContentType { get; set; }

    /// <summary>
    /// Headers that S3 stores with the objects and gives to whoever fetches them: Cache-Control, Content-Disposition, Content-Encoding,
    /// Content-Language and Expires, which is a date. What is fetched is ciphertext, whatever they say.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextMapArgument]
    [ValidateNotNull]
    public IDictionary HeaderCollection { get; set; } = new Hashtable();

    /// <summary>The storage class of the objects, such as STANDARD_IA.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StorageClass { get; set; }

    /// <summary>What S3 encrypts the ciphertext with once more: AES256, aws:kms or aws:kms:dsse. The bucket's own setting unless given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ServerSideEncryption { get; set; }

    /// <summary>The KMS key of S3's own encryption. It is another thing than -KmsKeyId.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ServerSideEncryptionKeyManagementServiceKeyId { get; set; }

    /// <summary>
    /// The canned ACL of the objects. Buckets of other accounts may ask for bucket-owner-full-control; those made since 2023 take no other
    /// unless ACLs are switched on.
    /// </summary>
    [Parameter]
    [ValidateSet("private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read", "bucket-owner-full-control")]
    public string? CannedACLName { get; set; }

    /// <summary>
    /// Retain the objects, in a bucket with object lock: GOVERNANCE, which a right of its own overrides, or COMPLIANCE, which nobody does.
    /// It goes with -ObjectLockRetainUntilDate.
    /// </summary>
    [Parameter]
    [ValidateSet("GOVERNANCE", "COMPLIANCE")]
    public string? ObjectLockMode { get; set; }

    /// <summary>Until when the objects are retained: a date to come, in local time unless it says otherwise.</summary>
    [Parameter]
    public DateTime ObjectLockRetainUntilDate { get; set; }

    /// <summary>Whether the objects are under a legal hold, in a bucket with object lock: ON or OFF.</summary>
    [Parameter]
    [ValidateSet("ON", "OFF")]
    public string? ObjectLockLegalHoldStatus { get; set; }

    /// <summary>What is stored beside one object.</summary>
    /// <param name="contentType">Its content type, unless the call gives one.</param>
    private protected ObjectAttributes Attributes(string contentType) => new()
    {
        Metadata = Metadata.ToTextMap()!,
        Tags = TextMap.FromTags(TagSet),
        ContentType = ContentType ?? contentType,
        Headers = TextMap.FromHeaders(HeaderCollection),
        StorageClass = StorageClass,
        ServerSideEncryption = ServerSideEncryption,
        ServerSideEncryptionKmsKeyId = ServerSideEncryptionKeyManagementServiceKeyId,

        // PowerShell takes the values of a set in any case, and S3 does not.
        CannedAcl = CannedACLName?.ToLowerInvariant(),
        ObjectLockMode = ObjectLockMode?.ToUpperInvariant(),
        ObjectLockRetainUntil = IsGiven(nameof(ObjectLockRetainUntilDate)) ? ObjectLockRetainUntilDate : null,
        ObjectLockLegalHold = ObjectLockLegalHoldStatus?.ToUpperInvariant(),
    };
}
