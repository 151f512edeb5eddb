using System.Xml.Linq;

namespace CseKms.Sandbox.S3;

/// <summary>ACLs, object lock and archives: what stands between an object and those who want it.</summary>
internal sealed partial class S3Service
{
    private async Task GetObjectAclAsync(Exchange exchange)
    {
        var xml = XmlText.Root("AccessControlPolicy");
        WriteOwner(xml).Open("AccessControlList");
        lock (store.Gate)
        {
            var version = Target(exchange);
            if (version.Attributes.Grants.Count == 0)
            {
                xml.Raw(Grant("CanonicalUser", "ID", SandboxServer.OwnerId, "FULL_CONTROL"));
            }
            foreach (var (permission, grantee) in version.Attributes.Grants)
            {
                var (type, name) = grantee.StartsWith("uri=", StringComparison.Ordinal) ? ("Group", "URI") : ("CanonicalUser", "ID");
                xml.Raw(Grant(type, name, grantee[(grantee.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim('"'), permission));
            }
            foreach (var (group, permission) in GroupGrants(version.Attributes.Acl))
            {
                xml.Raw(Grant("Group", "URI", $"http://acs.amazonaws.com/groups/global/{group}", permission));
            }
        }
        await ReplyXmlAsync(exchange, xml.Close("AccessControlList").Close("AccessControlPolicy"));
    }

    private static string Grant(string type, string name, string grantee, string permission) =>
        $"""<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="{type}"><{name}>{grantee}</{name}></Grantee><Permission>{permission}</Permission></Grant>""";

    private async Task PutObjectAclAsync(Exchange exchange)
    {
        if (exchange.Header("x-amz-acl") is null)
        {
            throw S3Errors.NotImplemented("AccessControlPolicy");
        }
        await ReadBodyAsync(exchange);
        lock (store.Gate)
        {
            var version = Target(exchange);
            version.Attributes = version.Attributes with { Acl = AttributeHeaders.ReadAcl(exchange, BucketOf(exchange)), Grants = [] };
        }
        await exchange.ReplyAsync(200);
    }

    private Task GetBucketOwnershipControlsAsync(Exchange exchange)
    {
        var owner = BucketOf(exchange).Acls == BucketAcls.Disabled ? "BucketOwnerEnforced" : "ObjectWriter";
        return ReplyXmlAsync(
            exchange, XmlText.Root("OwnershipControls").Open("Rule").Add("ObjectOwnership", owner).Close("Rule").Close("OwnershipControls"));
    }

    private Task GetObjectLockConfigurationAsync(Exchange exchange) => BucketOf(exchange).HasObjectLock
        ? ReplyXmlAsync(exchange, XmlText.Root("ObjectLockConfiguration").Add("ObjectLockEnabled", "Enabled").Close("ObjectLockConfiguration"))
        : throw new AwsException(
            404, "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket");

    private async Task GetObjectRetentionAsync(Exchange exchange)
    {
        ObjectLock? locked;
        lock (store.Gate)
        {
            locked = Target(exchange).Attributes.Lock;
        }
        var mode = locked?.Mode ?? throw NoLock();
        await ReplyXmlAsync(exchange, XmlText.Root("Retention").Add("Mode", mode)
            .Add("RetainUntilDate", XmlText.Time(locked.RetainUntil)).Close("Retention"));
    }

    private async Task PutObjectRetentionAsync(Exchange exchange)
    {
        var body = await ReadLockAsync(exchange);
        lock (store.Gate)
        {
            var version = Target(exchange);
            if (IsLocked(exchange, version, withLegalHold: false))
            {
                throw LockedError();
            }
            version.Attributes = version.Attributes with
            {
                Lock = (version.Attributes.Lock ?? new ObjectLock()) with
                {
                    Mode = ObjectLockHeaders.CheckMode(body.Element("Mode")?.Value ?? throw S3Errors.MalformedXml()),
                    RetainUntil = ObjectLockHeaders.ReadTime(body.Element("RetainUntilDate")?.Value ?? throw S3Errors.MalformedXml()),
                },
            };
        }
        await exchange.ReplyAsync(200);
    }

    private async Task GetObjectLegalHoldAsync(Exchange exchange)
    {
        ObjectLock? locked;
        lock (store.Gate)
        {
            locked = Target(exchange).Attributes.Lock;
        }
        var status = (locked ?? throw NoLock()).HasLegalHold ? "ON" : "OFF";
        await ReplyXmlAsync(exchange, XmlText.Root("LegalHold").Add("Status", status).Close("LegalHold"));
    }

    private async Task PutObjectLegalHoldAsync(Exchange exchange)
    {
        var hold = (await ReadLockAsync(exchange)).Element("Status")?.Value switch
        {
            "ON" => true,
            "OFF" => false,
            _ => throw S3Errors.MalformedXml(),
        };
        lock (store.Gate)
        {
            var version = Target(exchange);
            version.Attributes = version.Attributes with { Lock = (version.Attributes.Lock ?? new ObjectLock()) with { HasLegalHold = hold } };
        }
        await exchange.ReplyAsync(200);
    }

    /// <summary>Begins to restore; when it is done, the sandbox's owner says (<see cref="SandboxObjects.FinishRestore"/>).</summary>
    private async Task RestoreObjectAsync(Exchange exchange)
    {
        await ReadBodyAsync(exchange);
        Restoration before;
        lock (store.Gate)
        {
            var version = Target(exchange);
            before = version.Restoration;
            if (!version.IsArchived && before == Restoration.None)
            {
                throw S3Errors.InvalidObjectState(version);
            }
            if (before == Restoration.Ongoing)
            {
                throw new AwsException(409, "RestoreAlreadyInProgress", "Object restore is already in progress");
            }
            version.Restoration = before == Restoration.None ? Restoration.Ongoing : before;
        }
        await exchange.ReplyAsync(before == Restoration.None ? 202 : 200);
    }

    /// <summary>The version that the request names, or the current one; the caller holds the gate.</summary>
    private ObjectVersion Target(Exchange exchange) =>
        Find(exchange, BucketOf(exchange), KeyOf(exchange), exchange.Target["versionId"]);

    private async Task<XElement> ReadLockAsync(Exchange exchange)
    {
        var body = XmlText.Parse(await ReadBodyAsync(exchange));
        return BucketOf(exchange).HasObjectLock ? body : throw S3Errors.InvalidRequest("Bucket is missing Object Lock Configuration");
    }

    private bool IsLocked(Exchange exchange, ObjectVersion version, bool withLegalHold) => version.Attributes.Lock is { } locked
        && ((withLegalHold && locked.HasLegalHold)
            || (locked.Mode is not null && locked.RetainUntil > store.Now
                && !(locked.Mode == "GOVERNANCE" && exchange.Header("x-amz-bypass-governance-retention") is "true")));

    private static AwsException LockedError() => S3Errors.AccessDenied("Access Denied because object protected by object lock.");

    private static AwsException NoLock() => new(
        404, "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration");

    private static (string Group, string Permission)[] GroupGrants(string acl) => acl switch
    {
        "public-read" => [("AllUsers", "READ")],
        "public-read-write" => [("AllUsers", "READ"), ("AllUsers", "WRITE")],
        "authenticated-read" => [("AuthenticatedUsers", "READ")],
        _ => [],
    };
}
