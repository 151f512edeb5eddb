using System.Management.Automation;
using System.Text;
using CseKms.Binding;
using CseKms.Core.Content;
using CseKms.Errors;

namespace CseKms.Cmdlets;

/// <summary>What is sent beside files: text, bytes, a stream, or what comes through the pipeline.</summary>
public abstract class ContentSourceCmdlet : FileSourceCmdlet
{
    private const string ContentSet = "Content";
    private const string StreamSet = "Stream";

    private readonly PipedContent _piped = new();

    /// <summary>Text or bytes to send as one object, named by -Key. Of several texts each is a line.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ContentSet)]
    [Parameter(ParameterSetName = PipelineSet, ValueFromPipelineByPropertyName = true)]
    [ContentArgument]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public object? Content { get; set; }

    /// <summary>How text becomes bytes, with the byte order mark of the encoding; UTF-8 without one unless given.</summary>
    [Parameter(ParameterSetName = ContentSet)]
    [Parameter(ParameterSetName = PipelineSet)]
    [Parameter(ParameterSetName = AsContentSet)]
    [EncodingArgument]
    [ValidateNotNull]
    public Encoding Encoding { get; set; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <summary>A stream to send as one object, named by -Key. It is read once from where it stands, and its length need not be known.</summary>
    [Parameter(Mandatory = true, ParameterSetName = StreamSet)]
    [Parameter(ParameterSetName = PipelineSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    public Stream? InputStream { get; set; }

    /// <summary>
    /// Send what comes through the pipeline as the content of one object, named by -Key: bytes, or lines of text, which are held in memory, or
    /// one stream or file.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = AsContentSet)]
    public SwitchParameter AsContent { get; set; }

    /// <summary>Whether this record brings content, and no files.</summary>
    private protected bool TakesContent => AsContent || Content is not null || InputStream is not null;

    /// <summary>The content that this record brings; none as long as the pipeline may bring more of it.</summary>
    private protected GivenContent? TakeContent()
    {
        if (AsContent)
        {
            Add(InputObject!.BaseObject);
            return null;
        }

        if (NamesFile || (Content is not null && InputStream is not null))
        {
            throw Terminate(ErrorRecords.ContentAndPath());
        }

        return Content is not null
            ? new(nameof(Content), UploadSource.FromBytes(Binding.PipedContent.Bytes(Content, Encoding)), Content is string ? ContentTypes.OfText : ContentTypes.OfBytes)
            : new(nameof(InputStream), UploadSource.FromStream(InputStream!), ContentTypes.OfBytes);
    }

    /// <summary>The content that the pipeline brought, if it was to.</summary>
    private protected GivenContent? PipedContent() =>
        AsContent ? new(nameof(AsContent), _piped.ToSource(Encoding), _piped.ContentType) { Path = _piped.Path } : null;

    /// <summary>Sends content, unless another of this call goes to the same key.</summary>
    private protected void Send(GivenContent content, string key)
    {
        if (Claim(AddressOf(key), content.Path) is { } address)
        {
            Send(content.Source, address, content.Path, content.ContentType);
        }
    }

    private void Add(object item)
    {
        if (!_piped.Add(item, FollowSymlink))
        {
            throw Terminate(ErrorRecords.NoContent(item));
        }

        if (_piped.Length > Transfer().MemoryLimit)
        {
            throw Terminate(ErrorRecords.ContentTooLarge(Transfer().MemoryLimit));
        }
    }
}
