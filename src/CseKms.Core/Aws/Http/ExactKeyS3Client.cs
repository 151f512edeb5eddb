using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.S3;

namespace CseKms.Core.Aws.Http;

/// <summary>
/// A client of S3 for which <c>/x</c> and <c>x</c> are two keys. The SDK signs a key with its leading slash and then drops one
/// leading slash from the address that it sends in path style, so that S3 sees another key and a wrong signature. Thread-safe.
/// </summary>
internal sealed class ExactKeyS3Client(AWSCredentials credentials, AmazonS3Config config) : AmazonS3Client(credentials, config)
{
    /// <inheritdoc/>
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        base.CustomizeRuntimePipeline(pipeline);
        pipeline.AddHandlerAfter<Signer>(new SlashKeeper());
    }

    // Stands after the signer, so that only the address changes; a retry signs again and needs the key as it was.
    private sealed class SlashKeeper : PipelineHandler
    {
        private const string KeyResource = "{Key+}";

        public override async Task<T> InvokeAsync<T>(IExecutionContext executionContext)
        {
            var request = executionContext.RequestContext.Request;
            var resources = request.PathResources;
            var isPathStyle = request.Endpoint.AbsolutePath != "/";
            if (!isPathStyle || !resources.TryGetValue(KeyResource, out var key) || !key.StartsWith('/'))
            {
                return await base.InvokeAsync<T>(executionContext).ConfigureAwait(false);
            }

            resources[KeyResource] = "/" + key;
            try
            {
                return await base.InvokeAsync<T>(executionContext).ConfigureAwait(false);
            }
            finally
            {
                resources[KeyResource] = key;
            }
        }
    }
}
