using CseKms.Core.Format;
using CseKms.Core.Settings;

namespace CseKms.Core.Materials;

/// <summary>A data key as the object stores it.</summary>
/// <param name="Ciphertext">The wrapped key.</param>
/// <param name="Wrapping">How it is wrapped.</param>
/// <param name="EncryptionContext">The full context that is stored beside it, reserved pairs included; a raw key's material description.</param>
internal sealed record EncryptedDataKey(
    byte[] Ciphertext,
    WrappingAlgorithm Wrapping,
    IReadOnlyDictionary<string, string> EncryptionContext)
{
    /// <summary>Refuses a data key that another kind of key wrapped.</summary>
    /// <exception cref="CseException"><see cref="ErrorId.KeyKindMismatch"/>.</exception>
    public void EnsureKind(WrappingKeyKind kind)
    {
        if (Wrapping.KeyKind != kind)
        {
            throw new CseException(
                ErrorId.KeyKindMismatch, $"The object's data key is wrapped by {Wrapping.Name}, which takes another kind of key than was given.")
            {
                Needed = new() { KeyKind = Wrapping.KeyKind },
            };
        }
    }
}
