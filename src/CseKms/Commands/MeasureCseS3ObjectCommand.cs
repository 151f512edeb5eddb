using System.Management.Automation;
using CseKms.Cmdlets;
using CseKms.Errors;
using CseKms.Work;

namespace CseKms.Commands;

/// <summary>Tells how the objects of a bucket are encrypted, and what it takes to read all of them.</summary>
/// <remarks>
/// <para>Each object is asked for its metadata, in parallel; no content is decrypted, and no key is needed. The result counts objects and
/// bytes by format, algorithm, wrapping and storage class. CommitmentPolicy is the strictest policy under which everything that is
/// encrypted can be read today, and AllowLegacy what Receive-CseS3Object must allow besides. An object whose envelope is damaged, or that
/// cannot be read, is an error, and counted as Failed.</para>
/// <para>Of an object without an envelope the instruction file is looked for, and its first 4,096 bytes are read:
/// where they look like ciphertext, as those of a copy do that lost its metadata, it is counted as MayHaveLostEnvelope. That is a guess:
/// data that another program encrypted looks so too. Whoever deletes the source of such a copy deletes the only envelope.</para>
/// <para>-ResolveKey has KMS open each data key, which tells the KMS key that wraps it: one call of kms:Decrypt an object, in -Region, with
/// the context that is stored. The data key is not used. -Sample bounds the calls.</para>
/// </remarks>
/// <example>
/// <code>Measure-CseS3Object -BucketName my-bucket -KeyPrefix test1/</code>
/// Tells how everything below test1/ is encrypted.
/// </example>
/// <example>
/// <code>(Measure-CseS3Object my-bucket -ResolveKey -Sample 500).Groups | Group-Object KmsKeyId -NoElement</code>
/// Tells which KMS keys wrap 500 objects of the bucket, chosen by chance.
/// </example>
/// <example>
/// <code>Measure-CseS3Object my-bucket -Detailed | Where-Object Kind -eq MayHaveLostEnvelope</code>
/// Names the objects that may be copies without their envelopes.
/// </example>
/// <example>
/// <code>Get-CseS3Object my-bucket test1/ -AllVersions | Measure-CseS3Object</code>
/// Counts old versions too.
/// </example>
[Cmdlet(VerbsDiagnostic.Measure, "CseS3Object", DefaultParameterSetName = PrefixSet)]
[OutputType(typeof(CseMeasurement), typeof(CseMeasuredObject))]
public sealed class MeasureCseS3ObjectCommand : ObjectSelectorCmdlet
{
    private readonly CseMeasurement _measurement = new();
    private KeySample? _sample;

    /// <summary>Write one row for each object, as soon as it is known, and no sums.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    /// <summary>Have KMS tell which of its keys wraps each data key.</summary>
    [Parameter]
    public SwitchParameter ResolveKey { get; set; }

    /// <summary>With -ResolveKey, how many objects KMS is asked about at most; they are chosen by chance. All of them unless given.</summary>
    [Parameter]
    [ValidateRange(1, 1_000_000)]
    public int Sample { get; set; }

    // S3 is asked by so many requests as the limit says whatever waits; the threads need not wake for each other after every object.
    private protected override int MostOutstanding => ResolveKey ? base.MostOutstanding : 8 * base.MostOutstanding;

    private protected override string Activity => $"Measuring {NamedBucket}";

    /// <inheritdoc/>
    protected override void BeginProcessing() => _sample = ResolveKey && Sample > 0 ? new KeySample(Sample) : null;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (IsDeleteMarker == true)
        {
            _measurement.DeleteMarkers++;
            return;
        }

        foreach (var address in FindObjects())
        {
            Start(new MeasureWork(address) { InstructionFileSuffix = InstructionFileSuffix, ResolvesKey = ResolveKey && _sample is null });
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        base.EndProcessing();
        if (_sample is { } sample)
        {
            _sample = null;
            foreach (var item in sample.Held)
            {
                Start(new ResolveKeyWork(item));
            }

            base.EndProcessing();
        }

        if (!Detailed)
        {
            _measurement.Prefix = ListedPrefix;
            WriteObject(_measurement);
        }
    }

    /// <inheritdoc/>
    private protected override void NoteFailure() => _measurement.AddFailed();

    /// <inheritdoc/>
    private protected override void Write(WorkResult result)
    {
        var item = (CseMeasuredObject)result.Output!;
        if (_sample is null || item.Found is null)
        {
            Count(item);
        }
        else if (_sample.Offer(item) is { } released)
        {
            Count(released);
        }
    }

    private void Count(CseMeasuredObject item)
    {
        _measurement.Add(item);
        if (item.Failure is { } failure)
        {
            WriteError(ErrorRecords.From(this, failure, null, item.Address));
        }

        if (Detailed)
        {
            WriteObject(item);
        }
    }
}
