using System.Management.Automation;
using CseKms.Binding;

namespace CseKms.Cmdlets;

/// <summary>The parameters of the cmdlets that move content.</summary>
public abstract class ContentCmdlet : S3Cmdlet
{
    /// <summary>
    /// How many bytes of content are in memory at most, from 32MB; 256MB unless given. It bounds how many parts of 12 MiB are on their way
    /// at once, and how large an object may be that goes to the pipeline.
    /// </summary>
    [Parameter]
    [ValidateMemoryLimit]
    [PSDefaultValue(Help = "256MB")]
    public long MemoryLimit { get; set; }

    private protected override long EffectiveMemoryLimit =>
        MemoryLimit > 0 ? MemoryLimit : SharedSession.Defaults.MemoryLimit ?? base.EffectiveMemoryLimit;
}
