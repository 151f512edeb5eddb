using CseKms.Core.Format;

namespace CseKms.Core.Materials;

/// <summary>A data key as the object stores it.</summary>
/// <param name="Ciphertext">The wrapped key.</param>
/// <param name="Wrapping">How it is wrapped.</param>
/// <param name="WrappingName">The wrapping's name as the specification spells it.</param>
/// <param name="EncryptionContext">The full context that is stored beside it, reserved pairs included.</param>
internal sealed record EncryptedDataKey(
    byte[] Ciphertext,
    WrappingAlgorithm Wrapping,
    string WrappingName,
    IReadOnlyDictionary<string, string> EncryptionContext);
