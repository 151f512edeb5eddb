using System.Management.Automation;
using CseKms.Core.Format;

namespace CseKms.Cmdlets;

/// <summary>The files that objects are received into.</summary>
public abstract class FileTargetCmdlet : ContentReaderCmdlet
{
    private protected const string FolderSet = "Folder";
    private protected const string FileSet = "File";

    /// <summary>The folder that files are written to; the current location unless given.</summary>
    [Parameter(ParameterSetName = FolderSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>The exact file to write. More than one object is then an error, and nothing is received, unless each in the pipeline brings its own.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FileSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? File { get; set; }

    /// <summary>Replace files that exist: regular files, and nothing else.</summary>
    [Parameter(ParameterSetName = FolderSet)]
    [Parameter(ParameterSetName = FileSet)]
    public SwitchParameter Force { get; set; }

    /// <summary>
    /// Give files the time at which they were last written, as Send-CseS3Object -PreserveTimestamp and rclone store it, where one is stored.
    /// It is not authenticated: whoever can write to the bucket can change it.
    /// </summary>
    [Parameter(ParameterSetName = FolderSet)]
    [Parameter(ParameterSetName = FileSet)]
    public SwitchParameter PreserveTimestamp { get; set; }

    /// <summary>
    /// Give files their nine permission bits, as Send-CseS3Object -PreserveMode stores them, where they are stored: on Linux and macOS, and
    /// never more than umask allows a new file, nor setuid, setgid or sticky. They are not authenticated: whoever can write to the bucket can
    /// change them.
    /// </summary>
    [Parameter(ParameterSetName = FolderSet)]
    [Parameter(ParameterSetName = FileSet)]
    public SwitchParameter PreserveMode { get; set; }

    /// <summary>
    /// A file that gets a receipt of each object: one line of JSON, written before the object's result is put out, and of failures too. More
    /// than one process of this machine may add to it. A new file can be read by you alone. See about_CseKms.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public override string? ReceiptPath { get; set; }

    /// <summary>
    /// A file of receipts that an earlier call wrote. Of the objects given to this call those are passed over that it tells to be done, with the
    /// same file; what failed or is missing in it is run.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public override string? RetryFrom { get; set; }

    /// <summary>The stored properties that files get.</summary>
    private protected KeptProperties Keep =>
        (PreserveTimestamp ? KeptProperties.Timestamp : 0) | (PreserveMode ? KeptProperties.Mode : 0);
}
