using System.Net;
using System.Runtime.InteropServices;
using System.Security;
using CseKms.Core.Settings;

namespace CseKms.Binding;

/// <summary>Secrets as text.</summary>
internal static class SecretText
{
    public static string ToText(this SecureString secret) => new NetworkCredential("", secret).Password;

    /// <summary>The AES key whose base64 it is, without a plain string in between.</summary>
    public static RawKey ToRawKey(this SecureString text)
    {
        var characters = new char[text.Length];
        var unmanaged = Marshal.SecureStringToGlobalAllocUnicode(text);
        try
        {
            Marshal.Copy(unmanaged, characters, 0, characters.Length);
            return RawKey.FromAesBase64(characters);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(unmanaged);
            Array.Clear(characters);
        }
    }
}
