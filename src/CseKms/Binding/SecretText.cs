using System.Net;
using System.Security;

namespace CseKms.Binding;

/// <summary>Secrets as text.</summary>
internal static class SecretText
{
    public static string ToText(this SecureString secret) => new NetworkCredential("", secret).Password;
}
