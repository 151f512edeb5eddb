using CseKms.Binding;
using CseKms.Core;
using CseKms.Core.Content;
using CseKms.Core.Session;
using CseKms.Core.Transfer;
using CseKms.Errors;

namespace CseKms.Work;

/// <summary>Tests an object. What is wrong with it is the result; an error says that it could not be tested.</summary>
/// <param name="cmdlet">The class of the cmdlet in whose words the result speaks.</param>
/// <param name="request">The object.</param>
/// <param name="tested">What is looked at.</param>
internal sealed class TestWork(Type cmdlet, DownloadRequest request, TestedPart tested) : ObjectWork(request.Address)
{
    /// <summary>The file that it is compared with, if it is.</summary>
    public SourceFile? File { get; init; }

    /// <summary>The file as a user at the current location would name it.</summary>
    public string? DisplayPath { get; init; }

    /// <summary>Whether the object came along with others, as what is below a folder does.</summary>
    public bool IsListed { get; init; }

    /// <summary>Whether an archived object is passed over.</summary>
    public bool SkipArchived { get; init; }

    /// <summary>Whether nothing but true or false is said.</summary>
    public bool Quiet { get; init; }

    /// <inheritdoc/>
    public override string? Target => File?.Path;

    /// <inheritdoc/>
    public override async Task<WorkResult> RunAsync(
        S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken)
    {
        try
        {
            if (IsListed && Address.IsNamedLikeFolder && await FolderMarker.IsOneAsync(client, request, cancellationToken).ConfigureAwait(false))
            {
                return FolderMarker.PassedOver(request);
            }

            var finding = await TestAsync(client, progress, cancellationToken).ConfigureAwait(false);
            return finding.Failure?.ErrorId == ErrorId.NotEncrypted && IsListed
                && await InstructionFiles.PassOverAsync(client, Address, request.InstructionFileSuffix, cancellationToken).ConfigureAwait(false) is { } passedOver
                ? passedOver
                : Tell(finding);
        }
        catch (CseException failure) when (failure.ErrorId == ErrorId.ObjectArchived && SkipArchived)
        {
            return new(Output: null) { Verbose = $"{Address} is archived and was passed over." };
        }
        catch (CseException failure) when (Quiet && failure.Reach != ErrorReach.AllObjects)
        {
            return new(Output: false) { Verbose = $"{Address}: {Remedies.Text(failure, cmdlet)}" };
        }
    }

    private Task<ObjectFinding> TestAsync(S3EncryptionClient client, ITransferObserver progress, CancellationToken cancellationToken) => tested switch
    {
        TestedPart.Envelope => client.VerifyEnvelopeAsync(request, cancellationToken),
        TestedPart.Tag => client.CompareTagAsync(request, UploadSource.FromFile(File!.Path, File.NoLinksBelow), progress, cancellationToken),
        TestedPart.Content => client.CompareContentAsync(request, File!.Path, File.NoLinksBelow, progress, cancellationToken),
        _ => client.VerifyAsync(request, progress, cancellationToken),
    };

    private WorkResult Tell(ObjectFinding finding)
    {
        var problem = finding.Failure is { } failure ? Remedies.Text(failure, cmdlet) : null;
        var result = new CseTestedObject(Address, tested, finding, problem) { Path = File?.Path, DisplayPath = DisplayPath };
        return Quiet ? new(result.Verified) { Verbose = $"{result}" } : new(result);
    }
}
