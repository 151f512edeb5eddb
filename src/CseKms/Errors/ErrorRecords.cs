using System.Management.Automation;
using CseKms.Core;

namespace CseKms.Errors;

/// <summary>Every error record of the module: its stable id, category, message and the object that it is about.</summary>
internal static class ErrorRecords
{
    /// <summary>The record of a failure of the engine: what happened, and what to do about it.</summary>
    /// <param name="cmdlet">The cmdlet that failed.</param>
    /// <param name="failure">The failure.</param>
    /// <param name="target">What it is about; the object's address unless given.</param>
    /// <param name="address">The object, if it is about one.</param>
    public static ErrorRecord From(Cmdlet cmdlet, CseException failure, string? target, ObjectAddress? address)
    {
        // Of many objects, each error must tell by its text alone which one it is about.
        var subject = address?.ToString() ?? target;
        var namesIt = subject is null || new[] { target, subject, address is null ? null : $"'{address.BucketName}'" }.Any(
            name => name is not null && failure.Message.Contains(CseText.Escape(name), StringComparison.Ordinal));
        var text = Remedies.Text(failure, cmdlet.GetType());
        return Record(
            new CseKmsException(failure.ErrorId.ToString(), namesIt ? text : $"{subject}: {text}", failure.InnerException)
            {
                BucketName = address?.BucketName,
                Key = address?.Key,
                Operation = failure.Operation,
                RequestId = failure.RequestId,
                StatusCode = failure.StatusCode,
            },
            failure.ErrorId.ToString(),
            ErrorCategories.Of(failure.ErrorId),
            target ?? address?.ToString());
    }

    public static ErrorRecord Unexpected(Exception defect, string? target, ObjectAddress? address) => Record(
        nameof(Unexpected), ErrorCategory.NotSpecified, target ?? address?.ToString(),
        $"{address?.ToString() ?? target}: {Remedies.Sentence(defect.Message)} This is a defect of CseKms. Report it with the output of Get-Error.", defect, address);

    public static ErrorRecord BucketNameRequired() => Record(
        nameof(BucketNameRequired), ErrorCategory.InvalidArgument, null,
        "No bucket was named. Give -BucketName, or set it for the session by Set-CseSession -BucketName.");

    public static ErrorRecord NothingNamed() => Record(
        nameof(NothingNamed), ErrorCategory.InvalidArgument, null,
        "No object was named. Give -Key for one or -KeyPrefix for a folder, or pipe a listing in.");

    public static ErrorRecord NothingToUpdate() => Record(
        nameof(NothingToUpdate), ErrorCategory.InvalidArgument, null,
        "Nothing is to be changed. Give -NewKmsKeyId, another new key, or -NewEncryptionContext; or -Upgrade to encrypt objects anew.");

    public static ErrorRecord DestinationRequired() => Record(
        nameof(DestinationRequired), ErrorCategory.InvalidArgument, null,
        "Nothing says where to copy to. Give -DestinationBucket, -DestinationKeyPrefix for a folder, or -DestinationKey for one object.");

    public static ErrorRecord DestinationKeyAndKeyPrefix() => Record(
        nameof(DestinationKeyAndKeyPrefix), ErrorCategory.InvalidArgument, null,
        "-DestinationKey is a whole key and -DestinationKeyPrefix a folder of keys. Give one of them.");

    public static ErrorRecord OneDestinationKey() => Record(
        nameof(OneDestinationKey), ErrorCategory.InvalidArgument, null,
        "-DestinationKey names one copy, and goes with one -Key. Give -DestinationKeyPrefix for a folder or a listing.");

    public static ErrorRecord CopyOntoItself(ObjectAddress address) => Record(
        nameof(CopyOntoItself), ErrorCategory.InvalidArgument, $"{address}",
        $"The copy of {address} would be the object itself. Give another destination, or Update-CseS3Object to change its key.");

    public static ErrorRecord SourceKeyAndKeyPrefix() => Record(
        nameof(SourceKeyAndKeyPrefix), ErrorCategory.InvalidArgument, null,
        "-SourceKey is a whole key and -SourceKeyPrefix a folder of keys. Give one of them.");

    public static ErrorRecord OneSourceKey() => Record(
        nameof(OneSourceKey), ErrorCategory.InvalidArgument, null,
        "-SourceKey and -SourceVersionId name one object, and go with one -Key. Give -SourceKeyPrefix for a folder or a listing.");

    public static ErrorRecord SourceIsItself(ObjectAddress address) => Record(
        nameof(SourceIsItself), ErrorCategory.InvalidArgument, $"{address}",
        $"The source of {address} would be the object itself. Give another one, or an older version by -SourceVersionId.", null, address);

    public static ErrorRecord ConfirmationImpossible() => Record(
        nameof(ConfirmationImpossible), ErrorCategory.InvalidOperation, null,
        "Nobody is there to confirm what is removed, so nothing was. Give -Force, or -Confirm:$false.");

    public static ErrorRecord NothingFound(string bucket, string prefix) => Record(
        nameof(NothingFound), ErrorCategory.ObjectNotFound, $"{bucket}/{prefix}",
        $"There is no object below {bucket}/{prefix}. Check -BucketName and -KeyPrefix; Get-CseS3Object lists what is there.");

    public static ErrorRecord KeyPrefixRequired() => Record(
        nameof(KeyPrefixRequired), ErrorCategory.InvalidArgument, null,
        "No folder of the bucket was named. Give -KeyPrefix, or set it for the session by Set-CseSession -KeyPrefix; -KeyPrefix '' is the whole bucket.");

    public static ErrorRecord FolderRequired(string path) => Record(
        nameof(FolderRequired), ErrorCategory.InvalidArgument, path, $"'{path}' is no folder, and only folders are synchronized.");

    public static ErrorRecord SourceEmpty(string source) => Record(
        nameof(SourceEmpty), ErrorCategory.ObjectNotFound, source,
        $"There is nothing in '{source}' to synchronize. If that is right, give -AllowEmptySource.");

    public static ErrorRecord MaxDeleteExceeded(long count, long of, string limit) => Record(
        nameof(MaxDeleteExceeded), ErrorCategory.LimitsExceeded, null,
        $"{count:N0} of {of:N0} would be deleted, which is more than -MaxDelete {limit} allows, so nothing was. Check the source, or raise -MaxDelete.");

    public static ErrorRecord KeyIsInstructionFile(string path, ObjectAddress address) => Record(
        nameof(KeyIsInstructionFile), ErrorCategory.ResourceExists, path,
        $"'{path}' was not sent: {address} is the instruction file of another object, which could not be read without it. Give the file another name.",
        null, address);

    public static ErrorRecord KeyRequired(string parameter) => Record(
        nameof(KeyRequired), ErrorCategory.InvalidArgument, null, $"{parameter} is one object and has no name. Give -Key.");

    public static ErrorRecord InputNotSendable(object item) => Record(
        nameof(InputNotSendable), ErrorCategory.InvalidArgument, item,
        $"What came through the pipeline, of type {item.GetType().Name}, names no file. Pipe paths or files, or objects with the property Path, LiteralPath, " +
        "Content or InputStream. Give -AsContent to send bytes, text or a stream as the content of one object, or give it by -Content or -InputStream.");

    public static ErrorRecord NoContent(object item) => Record(
        nameof(NoContent), ErrorCategory.InvalidArgument, item,
        $"What came through the pipeline, of type {item.GetType().Name}, is no content, or does not go with what came before. -AsContent takes bytes, or lines of text, " +
        "or one stream or file. Make text of other objects by ConvertTo-Json, Out-String and the like.");

    public static ErrorRecord ContentTooLarge(long limit) => Record(
        nameof(ContentTooLarge), ErrorCategory.LimitsExceeded, null,
        $"More came through the pipeline than the {limit:N0} bytes of -MemoryLimit. Write it into a file and send that, give -InputStream, or raise -MemoryLimit.");

    public static ErrorRecord PathAndInput() => Record(
        nameof(PathAndInput), ErrorCategory.InvalidArgument, null,
        "Both the pipeline and the call name what is to be sent. Leave one of them out, or give a script block, as in -LiteralPath { $_.File }.");

    public static ErrorRecord ContentAndPath() => Record(
        nameof(ContentAndPath), ErrorCategory.InvalidArgument, null,
        "An object in the pipeline names a file and brings content too, or content twice. Choose one of its properties by Select-Object.");

    public static ErrorRecord KeyAndKeyPrefix() => Record(
        nameof(KeyAndKeyPrefix), ErrorCategory.InvalidArgument, null,
        "-Key is the whole key of one object, and -KeyPrefix the folder of many. Give one of them.");

    public static ErrorRecord KeyIsFolder(string key) => Record(
        nameof(KeyIsFolder), ErrorCategory.InvalidArgument, key,
        $"'{key}' ends in a slash, as the key of a folder does, and no file can be received from it. Did you mean -KeyPrefix? Or give -Key with a name " +
        "after the slash.");

    public static ErrorRecord OneKeyManyFiles(string key) => Record(
        nameof(OneKeyManyFiles), ErrorCategory.InvalidArgument, key,
        $"-Key '{key}' names one object, but there is more than one file, so nothing was sent. Give -KeyPrefix '{key}/' to send them below it.");

    public static ErrorRecord OneFileManyObjects(string file) => Record(
        nameof(OneFileManyObjects), ErrorCategory.InvalidArgument, file,
        $"-File '{file}' names one file, but there is more than one object, so nothing was received. Give -Destination, the folder that they go to.");

    public static ErrorRecord OneKindOfKey(IEnumerable<string> parameters) => Record(
        nameof(OneKindOfKey), ErrorCategory.InvalidArgument, null,
        $"{string.Join(" and ", parameters.Select(parameter => $"-{parameter}"))} are different kinds of keys. Give one of them.");

    public static ErrorRecord OneKmsKeyToSend() => Record(
        nameof(OneKmsKeyToSend), ErrorCategory.InvalidArgument, null,
        "A data key is wrapped under one KMS key, and -KmsKeyId names several. Give one to send with.");

    public static ErrorRecord OneWrappingKeyToSend(string parameter) => Record(
        nameof(OneWrappingKeyToSend), ErrorCategory.InvalidArgument, null,
        $"A data key is wrapped under one key, and -{parameter} names several. Give one to send with.");

    public static ErrorRecord RangeInvalid(string range) => Record(
        nameof(RangeInvalid), ErrorCategory.InvalidArgument, range,
        $"'{range}' is no range of bytes. Give the first and the last byte, as in 100-299, or the first alone, as in 100-.");

    public static ErrorRecord ReceiptNotWritten(Exception inner) => Record(
        nameof(ReceiptNotWritten), ErrorCategory.WriteError, null,
        $"A receipt cannot be written: {inner.Message} Check -ReceiptPath, and that there is room.", inner);

    public static ErrorRecord ReceiptsUnreadable(string path, Exception inner) => Record(
        nameof(ReceiptsUnreadable), ErrorCategory.ReadError, path,
        $"The receipts cannot be read: {inner.Message} Check -RetryFrom.", inner);

    public static ErrorRecord KeyCollision(string path, string other, ObjectAddress address) => Record(
        nameof(KeyCollision), ErrorCategory.ResourceExists, path,
        $"'{path}' was not sent: '{other}' goes to the same object {address} in this call. Give them different keys, as by -BasePath.");

    public static ErrorRecord FileCollision(string path, string other, string target) => Record(
        nameof(FileCollision), ErrorCategory.ResourceExists, path,
        $"'{path}' was passed over: '{other}' goes to the same file '{target}' in this call. Give -BasePath, so that their names differ.");

    public static ErrorRecord PlaintextNameRequired(string path) => Record(
        nameof(PlaintextNameRequired), ErrorCategory.InvalidArgument, path,
        $"The name of '{path}' does not end in .cse, so that nothing tells the name of the plaintext. Give -File or -Destination.");

    public static ErrorRecord KeyTooLong(string path, string key) => Record(
        nameof(KeyTooLong), ErrorCategory.LimitsExceeded, path,
        $"'{path}' was not sent: its key '{key}' is longer than the 1,024 bytes of UTF-8 that S3 allows.");

    public static ErrorRecord BasePathRequired(string path, string location) => Record(
        nameof(BasePathRequired), ErrorCategory.InvalidArgument, path,
        $"'{path}' is not below the current location '{location}', so its key is not clear. Give -BasePath, the folder that keys are relative to.");

    public static ErrorRecord NotUnderBasePath(string path, string basePath) => Record(
        nameof(NotUnderBasePath), ErrorCategory.InvalidArgument, path, $"'{path}' is not below -BasePath '{basePath}'.");

    public static ErrorRecord FolderNeedsRecurse(string path) => Record(
        nameof(FolderNeedsRecurse), ErrorCategory.InvalidArgument, path, $"'{path}' is a folder. Give -Recurse to send the files in it.");

    public static ErrorRecord PathNotFound(string path, Exception? inner = null) => Record(
        nameof(PathNotFound), ErrorCategory.ObjectNotFound, path, $"There is no file or folder '{path}'.", inner);

    public static ErrorRecord NotFileSystem(string path, string provider) => Record(
        nameof(NotFileSystem), ErrorCategory.InvalidArgument, path, $"'{path}' is of the provider {provider}; only the file system is taken.");

    public static ErrorRecord FolderUnreadable(string path, Exception inner) => Record(
        nameof(ErrorId.SourceUnreadable), ErrorCategory.ReadError, path, $"The folder '{path}' cannot be read: {inner.Message}", inner);

    public static ErrorRecord KeyNotUnderPrefix(ObjectAddress address, string prefix) => Record(
        nameof(KeyNotUnderPrefix), ErrorCategory.InvalidArgument, address.ToString(),
        $"The key of {address} does not begin with -KeyPrefix '{prefix}'.", null, address);

    public static ErrorRecord KeyLeavesDestination(ObjectAddress address, string problem, string fileParameter) => Record(
        nameof(KeyLeavesDestination), ErrorCategory.SecurityError, address.ToString(),
        $"The object {address} was passed over: its key {problem}, which leads out of the folder. Name its file by -Key and {fileParameter}.", null, address);

    public static ErrorRecord KeyNotMappable(ObjectAddress address, string problem, string fileParameter) => Record(
        nameof(KeyNotMappable), ErrorCategory.InvalidArgument, address.ToString(),
        $"The object {address} was passed over: its key {problem}, which this file system cannot name. Name its file by -Key and {fileParameter}.", null, address);

    public static ErrorRecord PathCollision(ObjectAddress address, string other, string path) => Record(
        nameof(PathCollision), ErrorCategory.ResourceExists, address.ToString(),
        other == address.Key
            ? $"The version {address.VersionId} of {address} was not received: another one goes to the same file '{path}' in this call. Receive it by -Key, -VersionId and -File."
            : $"The object {address} was not received: '{other}' goes to the same file '{path}' in this call. Receive it by -Key and -File.",
        null,
        address);

    private static ErrorRecord Record(
        string id, ErrorCategory category, object? target, string message, Exception? inner = null, ObjectAddress? address = null) =>
        Record(new CseKmsException(id, message, inner) { BucketName = address?.BucketName, Key = address?.Key }, id, category, target);

    private static ErrorRecord Record(CseKmsException exception, string id, ErrorCategory category, object? target)
    {
        var record = new ErrorRecord(exception, id, category, target);
        record.CategoryInfo.TargetName = CseText.Escape(record.CategoryInfo.TargetName);
        return record;
    }
}
