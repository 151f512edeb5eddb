using Amazon.Runtime;

namespace CseKms.Core.Aws.Identity;

/// <summary>Who calls AWS.</summary>
/// <param name="CacheKey">Equal exactly for equal credentials of one source; tells nothing of them.</param>
/// <param name="Description">Where the credentials came from, in words.</param>
/// <param name="Region">The region that came with them, if any.</param>
/// <param name="Credentials">The credentials; they refresh themselves.</param>
internal sealed record ResolvedIdentity(string CacheKey, string Description, string? Region, AWSCredentials Credentials);
