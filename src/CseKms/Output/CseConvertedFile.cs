using CseKms.Core.Transfer;

namespace CseKms;

/// <summary>A file that was encrypted or decrypted.</summary>
public abstract class CseConvertedFile
{
    internal CseConvertedFile(string path, string sourcePath, TransferResult result)
    {
        Path = path;
        SourcePath = sourcePath;
        PlaintextSize = result.PlaintextSize;
        Algorithm = result.Algorithm;
        KmsKeyId = result.KmsKeyId;
    }

    /// <summary>The absolute path of the file that was made.</summary>
    public string Path { get; }

    /// <summary>The absolute path of the file that it was made of.</summary>
    public string SourcePath { get; }

    /// <summary>Bytes of the file that was made.</summary>
    public abstract long Length { get; }

    /// <summary>Plaintext bytes.</summary>
    public long PlaintextSize { get; }

    /// <summary>The content algorithm suite.</summary>
    public string Algorithm { get; }

    /// <summary>The ARN of the KMS key that wraps the data key, as KMS told it; empty with a raw key.</summary>
    public string? KmsKeyId { get; }

    /// <summary>Both files as a user at the current location would name them.</summary>
    internal (string From, string To) DisplayPaths { get; init; }

    /// <summary>From which file to which. It is for the eye, and shows control characters as \u001b.</summary>
    public string Conversion => CseText.Escape($"{DisplayPaths.From} → {DisplayPaths.To}");

    /// <summary>From which file to which.</summary>
    public override string ToString() => CseText.Escape(Conversion);
}

/// <summary>A file that was encrypted. Pipes into Unprotect-CseFile.</summary>
public sealed class CseProtectedFile : CseConvertedFile
{
    internal CseProtectedFile(string path, string envelopePath, string sourcePath, TransferResult result)
        : base(path, sourcePath, result)
    {
        EnvelopePath = envelopePath;
        Length = result.Size;
    }

    /// <summary>The ciphertext, as files have it: by this property cmdlets take it from the pipe.</summary>
    public string FullName => Path;

    /// <summary>The absolute path of the file with the envelope.</summary>
    public string EnvelopePath { get; }

    /// <inheritdoc/>
    public override long Length { get; }
}

/// <summary>A file that was verified and decrypted.</summary>
public sealed class CseUnprotectedFile : CseConvertedFile
{
    internal CseUnprotectedFile(string path, string sourcePath, TransferResult result)
        : base(path, sourcePath, result) =>
        Authenticated = result.IsAuthenticated;

    /// <inheritdoc/>
    public override long Length => PlaintextSize;

    /// <summary>Whether the content is what its writer encrypted. Legacy CBC content may have been changed by whoever could write it.</summary>
    public bool Authenticated { get; }
}
