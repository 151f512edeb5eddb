using CseKms.Core;
using CseKms.Core.Transfer;

namespace CseKms;

/// <summary>An object that was tested. Pipes into cmdlets that take BucketName, Key and VersionId.</summary>
public sealed class CseTestedObject
{
    internal CseTestedObject(ObjectAddress address, TestedPart tested, ObjectFinding finding, string? problem)
    {
        BucketName = address.BucketName;
        Key = address.Key;
        VersionId = finding.VersionId ?? address.VersionId;
        Tested = tested;
        TagMatches = finding.TagMatches;
        ContentMatches = finding.ContentMatches;
        BytesRead = finding.BytesRead;
        Size = finding.Size;
        ETag = finding.ETag;
        Format = finding.Format;
        Algorithm = finding.Algorithm;
        KmsKeyId = finding.KmsKeyId;
        ErrorId = finding.Failure?.ErrorId.ToString();
        Verified = finding is { Failure: null, IsAuthenticated: true, KeyIsUncertain: false } && TagMatches != false;
        Reason = CseText.Escape(string.Join(' ', Reasons(finding, problem)));
    }

    /// <summary>Whether all that was tested is right; Tested says what that was. Never for content that nothing authenticates.</summary>
    public bool Verified { get; }

    /// <summary>What was looked at: Body, Envelope, Tag or Content.</summary>
    public TestedPart Tested { get; }

    /// <summary>Why the object is not verified, or what was not looked at; empty where there is nothing to say.</summary>
    public string Reason { get; }

    /// <summary>The stable id of what is wrong with the object, as about_CseKms_Errors lists them; empty when nothing is.</summary>
    public string? ErrorId { get; }

    /// <summary>The bucket.</summary>
    public string BucketName { get; }

    /// <summary>The object's key.</summary>
    public string Key { get; }

    /// <summary>The object's version, where the bucket keeps versions.</summary>
    public string? VersionId { get; }

    /// <summary>The absolute path of the file that it was compared with, if it was.</summary>
    public string? Path { get; init; }

    /// <summary>
    /// Whether the file was sent as this object: its tag under the object's data key and IV is the stored one. It does not show that the
    /// stored body is intact. Empty where that was not compared.
    /// </summary>
    public bool? TagMatches { get; }

    /// <summary>Whether the object's content was read and is that of the file. Empty where that was not compared.</summary>
    public bool? ContentMatches { get; }

    /// <summary>How many bytes of the stored object were read.</summary>
    public long BytesRead { get; }

    /// <summary>Stored bytes.</summary>
    public long? Size { get; }

    /// <summary>The object's entity tag.</summary>
    public string? ETag { get; }

    /// <summary>V1, V2 or V3.</summary>
    public string? Format { get; }

    /// <summary>The content algorithm suite.</summary>
    public string? Algorithm { get; }

    /// <summary>The ARN of the KMS key that unwrapped the data key, as KMS told it; empty with a raw key.</summary>
    public string? KmsKeyId { get; }

    /// <summary>The file as a user at the current location would name it.</summary>
    internal string? DisplayPath { get; init; }

    /// <summary>The object, what it was compared with, and why it is not verified.</summary>
    public override string ToString()
    {
        var what = DisplayPath is null ? $"{BucketName}/{Key}" : $"{BucketName}/{Key} ↔ {DisplayPath}";
        return CseText.Escape(Verified ? what : $"{what}: {Reason}");
    }

    private IEnumerable<string> Reasons(ObjectFinding finding, string? problem)
    {
        if (problem is not null)
        {
            yield return problem;
        }

        if (finding.IsAuthenticated == false)
        {
            yield return $"Nothing authenticates content that is encrypted with {Algorithm}: whoever can write to the bucket may have changed it.";
            if (problem is null && Tested == TestedPart.Tag)
            {
                yield return "It has no tag to compare; -Full compares its content.";
            }
        }

        if (finding.KeyIsUncertain)
        {
            yield return "Its data key is wrapped in a way that only the body proves, which -Envelope does not read.";
        }

        if (ContentMatches is { } isSame && !(isSame && Verified))
        {
            yield return isSame ? "Its content is that of the file." : "Its content is not that of the file.";
        }
        else if (ContentMatches is null && TagMatches == false)
        {
            yield return "The file is not what was sent as this object, or the object's tag or envelope was changed.";
        }
        else if (problem is not null && TagMatches == true)
        {
            yield return "The file is what was sent as this object.";
        }

        if (Verified && BytesRead < Size)
        {
            yield return "The stored body was not read.";
        }
    }
}
