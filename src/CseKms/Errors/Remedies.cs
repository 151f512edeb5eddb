using System.Management.Automation;
using System.Text.RegularExpressions;
using CseKms.Core;
using CseKms.Core.Settings;

namespace CseKms.Errors;

/// <summary>
/// What can be done about each failure of the engine, in the words of the cmdlet that failed. Where an error has several remedies, the
/// first is said whose parameters the cmdlet has, so that no cmdlet ever speaks of a parameter of another.
/// </summary>
internal static partial class Remedies
{
    /// <summary>What happened, and what can be done about it.</summary>
    /// <inheritdoc cref="For" path="/param"/>
    public static string Text(CseException failure, Type cmdlet) =>
        For(failure, cmdlet) is { } remedy ? $"{Sentence(failure.Message)} {remedy}" : Sentence(failure.Message);

    /// <summary>A text with a full stop.</summary>
    public static string Sentence(string text) => text.EndsWith('.') ? text : $"{text}.";

    /// <summary>The remedy, or <see langword="null"/> when the cmdlet has none.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="cmdlet">The class of the cmdlet.</param>
    public static string? For(CseException failure, Type cmdlet) =>
        Array.Find(Of(failure), remedy => NamedParameter().Matches(remedy).All(match => HasParameter(cmdlet, match.Groups["name"].Value)));

#pragma warning disable CS8524 // No value without a name is ever thrown.
    private static string[] Of(CseException failure) => failure.ErrorId switch
    {
        ErrorId.NotEncrypted => [
            "Repair-CseS3Object puts an envelope back, from the copy's source or an older version; an object that never had one is fetched with another tool."],
        ErrorId.AlreadyReadable => ["There is nothing to repair."],
        ErrorId.InTheClear => ["Fetch it with another tool."],
        ErrorId.EnvelopeNotFound => [
            "Name the object that it was copied from by -SourceKey or -SourceKeyPrefix, and -SourceBucket for another bucket; or an older version by -SourceVersionId."],
        ErrorId.EnvelopeUnproved => ["If you know that it is the one, give -Force: its padding must still fit."],
        ErrorId.InstructionFileUnclear => [
            "Copy the version of the instruction file that belongs to it to a key with a suffix of its own, and give that by -InstructionFileSuffix.",
            "Find the version of the instruction file that belongs to it."],
        ErrorId.UnsupportedFormat => ["Read it with the client that wrote it."],
        ErrorId.EnvelopeInvalid => [
            "Take another version of it by -VersionId, or send it again from its source; if its instruction file has another suffix, give -InstructionFileSuffix.",
            "Send it again from its source."],
        ErrorId.EnvelopeMixed or ErrorId.CommitmentMismatch or ErrorId.AuthenticationFailed => [
            "Do not trust it; take an older version of it by -VersionId, or send it again from its source.",
            "Do not trust it; send it again from its source."],
        ErrorId.DecryptionFailed => ["Check the key; if it is the right one, send the object again from its source."],
        ErrorId.CommitmentRequired or ErrorId.LegacyNotAllowed => [$"If you trust its writer, give {Allowances(failure.Needed)}."],
        ErrorId.ContextMismatch when failure.Needed.ContextNames is { Count: 0 } => ["It takes none: leave -EncryptionContext out, or give @{}."],
        ErrorId.ContextMismatch => [
            "Give the object's own by -EncryptionContext, or accept any by -AnyEncryptionContext.",
            "Give the object's own by -EncryptionContext."],
        ErrorId.LocationMismatch when failure.Needed.BindLocation == true => ["Give -BucketName and -Key of the place that it was sent to."],
        ErrorId.LocationMismatch when failure.Needed.BindLocation == false => ["If you trust who can write to the bucket, leave -BindLocation out."],
        ErrorId.LocationMismatch => ["Find out who moved it here; one that you copied yourself is received from where it was sent to."],
        ErrorId.RangeOutsideObject => ["Give a -Range that begins inside the object."],
        ErrorId.RangeNotSupported => ["Leave -Range out."],
        ErrorId.TooLargeForPipeline => ["Receive it into a file by -File or -Destination, or raise -MemoryLimit."],

        ErrorId.ReservedName => ["Choose another name."],
        ErrorId.MetadataTooLarge => [
            "Shorten -Metadata or -EncryptionContext, or give -InstructionFile.",
            "Shorten metadata or encryption context."],
        ErrorId.MetadataNotAscii => ["Write -Metadata in printable ASCII.", "Write the metadata in printable ASCII."],
        ErrorId.MetadataInvalid => [
            "-Metadata takes names of letters, digits, hyphens, dots and underscores, and values without blanks at their ends.",
            "Choose other metadata."],
        ErrorId.HeaderInvalid => [
            "-HeaderCollection takes Cache-Control, Content-Disposition, Content-Encoding, Content-Language and Expires, in printable ASCII.",
            "Choose other headers."],
        ErrorId.ContentTypeInvalid => ["Give -ContentType as in text/csv or text/html; charset=utf-8.", "Choose another content type."],
        ErrorId.ObjectLockInvalid => [
            "Give -ObjectLockMode and -ObjectLockRetainUntilDate together, with a date to come.",
            "Choose another retention."],
        ErrorId.AlreadyExists => ["Leave -NoClobber out to replace it, or choose another key.", "Choose another key."],
        ErrorId.RewrapImpossible => ["Give -Upgrade, which encrypts the object anew as V3."],
        ErrorId.NotCurrentVersion => ["Leave -VersionId out."],
        ErrorId.AttributesUnreadable => ["Get the right to read it (s3:GetObjectAcl, s3:GetObjectTagging, s3:GetObjectRetention), or give -Force to lose it."],
        ErrorId.CopyNotConfirmed => ["Look at the copy before you go on, which takes the right to read it; or do the same again."],
        ErrorId.EnvelopeNotStored => ["Look at the object before you go on; what it was before is in its older version, where the bucket keeps versions."],
        ErrorId.WriteConflict or ErrorId.UploadVanished or ErrorId.InstructionFileNotStored => ["Send it again."],
        ErrorId.SourceUnreadable => ["Check that it is there, its permissions, and who holds it open."],
        ErrorId.SourceBlocked => ["If you trust where it leads, give -FollowSymlink.", "Name what it leads to."],
        ErrorId.SourceChanged => ["Try again when it is at rest."],
        ErrorId.SourceTooLarge => ["Split it, and send the pieces."],

        ErrorId.FileExists => ["Give -Force to replace it.", "Choose another name."],
        ErrorId.DestinationBlocked => [
            "Choose another -File or -Destination, or move what is there out of the way; Test-CseS3Object verifies an object and keeps nothing of it.",
            "Choose another destination, or move what is there out of the way."],
        ErrorId.DestinationUnwritable => ["Check permissions and free space."],

        ErrorId.WrappingKeyInvalid => [
            "-WrappingKey and -WrappingKeyPath take 32 bytes or their base64, -PrivateKeyPath and -PublicKeyPath an RSA key in PEM without a password.",
            "-WrappingKey and -WrappingKeyPath take 32 bytes or their base64 (16 with -AllowLegacy Aes128), -PrivateKeyPath an RSA key in PEM without a password."],
        ErrorId.KeyKindMismatch => failure.Needed.KeyKind is { } kind ? [$"Give the object's key by {KeyParameter(kind)}."] : [],
        ErrorId.NotForThisKey when failure.Needed.KeyKind == WrappingKeyKind.Kms => [
            "Leave -EncryptionContext and -BindLocation out, or give a KMS key by -KmsKeyId; -MaterialDescription writes pairs that nothing authenticates.",
            "Leave -EncryptionContext and -BindLocation out, or give a KMS key by -KmsKeyId."],
        ErrorId.NotForThisKey => ["Leave -MaterialDescription out, or give the pairs by -EncryptionContext."],

        ErrorId.KmsKeyIdRequired => [
            "Give a KMS key by -KmsKeyId, or set it for the session by Set-CseSession -KmsKeyId."],
        ErrorId.KmsKeyNotFound when failure.Reach == ErrorReach.OneObject => [
            "Give the region of its key by -Region; if the key was deleted, send the object again from its source."],
        ErrorId.KmsKeyNotFound => ["Check -KmsKeyId; the region is the ARN's, or -Region."],
        ErrorId.KmsKeyDisabled when failure.Reach == ErrorReach.OneObject => ["Enable the key, or cancel its deletion."],
        ErrorId.KmsKeyDisabled => [
            "Enable the key, cancel its deletion, or name another by -KmsKeyId.",
            "Enable the key, or cancel its deletion."],
        ErrorId.KmsAccessDenied => ["The key's policy or the caller's own must allow it."],
        ErrorId.KmsKeyMismatch when failure.Needed.DiscoveryAccount is { } account => [
            $"If you trust the account {account}, add it to -DiscoveryAccount."],
        ErrorId.KmsKeyMismatch => [
            "Give the object's key by -KmsKeyId, or have KMS find it by -DiscoveryAccount.",
            "Give the object's key by -KmsKeyId."],
        ErrorId.WrappedKeyInvalid => ["Check that the key is the object's; if it is, do not trust the object, and send it again from its source."],
        ErrorId.KmsRequestFailed or ErrorId.S3RequestFailed => ["Try again."],

        ErrorId.BucketNameInvalid => [
            "-BucketName takes the name of a bucket, or the ARN of one or of an access point of one Region; what keys begin with is given by -KeyPrefix.",
            "-BucketName takes the name of a bucket, or the ARN of one or of an access point of one Region; what keys begin with is given by -Prefix.",
            "Check the name of the bucket."],
        ErrorId.NoSuchBucket => ["Check -BucketName and -Region."],
        ErrorId.DeleteMarker => [
            "Leave such versions out by Where-Object { -not $_.IsDeleteMarker }, or take another one by -VersionId.",
            "Choose another version."],
        ErrorId.NoSuchKey => ["Check -Key and -VersionId.", "Check -Key."],
        ErrorId.ObjectChanged => ["Try again."],
        ErrorId.S3AccessDenied => ["The bucket's policy or the caller's own must allow it."],
        ErrorId.WrongRegion => ["Give the bucket's region by -Region."],
        ErrorId.RegionRequired => ["Give -Region, set AWS_REGION, or set one for the session by Set-CseSession -Region."],

        ErrorId.CredentialsNotFound => [
            "Give -ProfileName, or -AccessKey and -SecretKey; or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; " +
            "or set one of them for the session by Set-CseSession."],
        ErrorId.CredentialsInvalid => [
            "Check the access key and its secret (-AccessKey, -SecretKey, -SessionToken), or the profile and its role (-ProfileName)."],
        ErrorId.CredentialsExpired => ["Renew them and call again."],
        ErrorId.ProfileNotFound => [
            "Check -ProfileName, -KmsProfileName and -ProfileLocation, and AWS_PROFILE.",
            "Check -ProfileName and -ProfileLocation, and AWS_PROFILE."],
        ErrorId.MfaCodeRequired => ["Give one by -MfaCode, or by Set-CseSession -MfaCode; each code works once."],
        ErrorId.MfaCodeRejected => ["A code has six digits and works once: wait for the next one."],
        ErrorId.SsoSignInRequired => ["Sign in beforehand, by a call in an interactive session or by 'aws sso login'."],
        ErrorId.EndpointInvalid => [
            "Check -EndpointUrl and -KmsEndpointUrl, AWS_ENDPOINT_URL and the profile; -UseFIPSEndpoint and -UseDualstackEndpoint go with AWS's own endpoints.",
            "Check -EndpointUrl, AWS_ENDPOINT_URL and the profile; -UseFIPSEndpoint and -UseDualstackEndpoint go with AWS's own endpoints."],
        ErrorId.ServiceUnavailable => ["Try again later; AWS's Health Dashboard tells of outages."],
        ErrorId.ConnectionBroken or ErrorId.BodyIncomplete => ["Check the network and what stands between, and try again."],
        ErrorId.AnswerInvalid => ["Check that the endpoint is one of S3 or KMS, and what stands between, and try again."],
        ErrorId.ListingIncomplete => ["Do not take what was listed for all there is; try again."],
        ErrorId.ListingUnordered => ["Some stores and directory buckets list keys in no order; send to them, or receive from them, without comparing."],
        ErrorId.ObjectArchived => [
            "Restore it first (Restore-S3Object, or aws s3api restore-object), or give -SkipArchived to leave such objects out.",
            "Restore it first (Restore-S3Object, or aws s3api restore-object)."],
        ErrorId.ClockSkewed => ["Set the clock of this machine right."],
        ErrorId.CertificateUntrusted => [
            "If you trust who issued it, add that certificate to the system's store; on Linux SSL_CERT_FILE or SSL_CERT_DIR can name it too."],
        ErrorId.RequestInvalid => ["Correct what it names."],
        ErrorId.EndpointUnreachable => [
            "Check the network, -Region, -EndpointUrl and -KmsEndpointUrl.",
            "Check the network, -Region and -EndpointUrl."],
    };

    private static string KeyParameter(WrappingKeyKind kind) => kind switch
    {
        WrappingKeyKind.Kms => "-KmsKeyId",
        WrappingKeyKind.Aes => "-WrappingKey or -WrappingKeyPath",
        WrappingKeyKind.Rsa => "-PrivateKeyPath",
    };
#pragma warning restore CS8524

    private static string Allowances(NeededSettings needed) => string.Join(
        ' ',
        new[]
        {
            needed.CommitmentPolicy is { } policy ? $"-CommitmentPolicy {policy}" : null,
            needed.AllowedLegacy is { } legacy ? $"-AllowLegacy {legacy}" : null,
        }.OfType<string>());

    private static bool HasParameter(Type cmdlet, string name) =>
        cmdlet.GetProperty(name) is { } property && Attribute.IsDefined(property, typeof(ParameterAttribute), inherit: false);

    [GeneratedRegex(@"(?<=^|[ (])-(?<name>[A-Z]\w+)")]
    private static partial Regex NamedParameter();
}
