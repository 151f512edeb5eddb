using System.Collections;
using System.Management.Automation;
using CseKms.Binding;
using CseKms.Core;
using CseKms.Core.Content;
using CseKms.Core.Format;
using CseKms.Core.Settings;
using CseKms.Core.Transfer;
using CseKms.Work;

namespace CseKms.Cmdlets;

/// <summary>How objects are encrypted and sent.</summary>
public abstract class ContentWriterCmdlet : ObjectAttributesCmdlet
{
    /// <summary>A PEM file with the public RSA key that wraps data keys in place of KMS. The sender cannot read the objects with it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PublicKeyPath { get; set; }

    /// <summary>Pairs of text that are written beside a data key that a raw key wraps, to tell the key by. Nothing authenticates them.</summary>
    [Parameter]
    [TextMapArgument]
    [ValidateNotNull]
    public IDictionary MaterialDescription { get; set; } = new Hashtable();

    /// <summary>
    /// Keep the envelope in an instruction file, the object key.instruction, as far as the format allows. For contexts that do not fit
    /// into metadata, and for readers that look for it.
    /// </summary>
    [Parameter]
    public SwitchParameter InstructionFile { get; set; }

    /// <summary>Do not overwrite an object that exists.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>
    /// Sign the content over HTTPS too, for buckets whose policy denies unsigned payloads (x-amz-content-sha256 of UNSIGNED-PAYLOAD). It
    /// costs a SHA-256 of all that is sent; the connection and a CRC32 protect the content without it.
    /// </summary>
    [Parameter]
    public SwitchParameter PayloadSigning { get; set; }

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

    /// <summary>The properties of a file that are sent with it.</summary>
    private protected virtual KeptProperties Keep => KeptProperties.None;

    private protected override string Activity => $"Sending to {NamedBucket}";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        EnsureOneKeyToSend();
    }

    /// <inheritdoc/>
    private protected override EncryptionSettings Encryption() => base.Encryption() with
    {
        // Each object brings its own.
        EncryptionContext = SharedSession.Defaults.EncryptionContext ?? new Dictionary<string, string>(),
        MaterialDescription = MaterialDescription.ToTextMap()!,
    };

    /// <inheritdoc/>
    private protected override IEnumerable<(string Parameter, Func<KeySource> Open)> GivenKeys() =>
        PublicKeyPath is { } path
            ? base.GivenKeys().Append((nameof(PublicKeyPath), () => Raw([path], file => RawKey.FromRsaPemFile(FileSystemPath(file), isPrivate: false))))
            : base.GivenKeys();

    /// <summary>Sends one object, when that is wanted.</summary>
    /// <param name="source">Its content.</param>
    /// <param name="address">Where it goes.</param>
    /// <param name="path">The file it comes from, if it does.</param>
    /// <param name="contentType">Its content type, unless the call gives one.</param>
    private protected void Send(UploadSource source, ObjectAddress address, string? path, string contentType)
    {
        var displayPath = path is null ? null : DisplayPath(path);
        if (IsDoneBefore(address, path) || !this.Approves($"{displayPath ?? "(content)"} → {address}", "Send encrypted"))
        {
            return;
        }

        var request = new UploadRequest(address, source)
        {
            Attributes = Attributes(contentType),
            EncryptionContext = EncryptionContext.ToTextMap(),
            InstructionFile = InstructionFile,
            Keep = Keep,
            NoClobber = NoClobber,
            SignsPayload = PayloadSigning,
        };
        Start(new UploadWork(request)
        {
            Path = path,
            DisplayPath = displayPath,
        });
    }
}
