using System.Management.Automation;
using CseKms.Core;

namespace CseKms.Cmdlets;

/// <summary>Multipart uploads that were begun and neither completed nor dropped, by prefix and age.</summary>
public abstract class UploadsCmdlet : S3Cmdlet
{
    /// <summary>What the keys begin with, taken as it is. All of the bucket unless given.</summary>
    [Parameter(Position = 1, ParameterSetName = ListedSet)]
    [AllowEmptyString]
    public string? Prefix { get; set; }

    private protected const string ListedSet = "Listed";

    /// <summary>The open uploads that were begun longer ago than <paramref name="age"/>.</summary>
    private protected IEnumerable<OpenUpload> FindUploads(TimeSpan age)
    {
        var begunBefore = DateTime.UtcNow - age;
        return ListUploads(Prefix ?? SharedSession.Defaults.KeyPrefix ?? "").Where(upload => upload.Initiated.ToUniversalTime() <= begunBefore);
    }
}
