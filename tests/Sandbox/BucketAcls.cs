namespace CseKms.Sandbox;

/// <summary>What a bucket takes of the ACLs that writers give.</summary>
public enum BucketAcls
{
    /// <summary>None but <c>bucket-owner-full-control</c>, as buckets are made since 2023.</summary>
    Disabled,

    /// <summary>All.</summary>
    Enabled,

    /// <summary>Refuses each write without <c>bucket-owner-full-control</c>, by a policy that many buckets for other accounts have.</summary>
    MustGiveOwnerFullControl,
}
