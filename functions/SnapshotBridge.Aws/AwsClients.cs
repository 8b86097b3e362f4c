using Amazon.Runtime;
using Amazon.S3;
using Amazon.SecretsManager;

namespace SnapshotBridge.Aws;

/// <summary>
/// Creates AWS clients from the SDK's own environment: region, credentials, and the endpoint variables
/// (<c>AWS_ENDPOINT_URL_S3</c>, …) that point a function at another server.
/// </summary>
public static class AwsClients
{
    public static AmazonS3Client S3() => new(Configure(new AmazonS3Config { ForcePathStyle = HasCustomS3Endpoint(Environment.GetEnvironmentVariable) }));

    public static AmazonSecretsManagerClient SecretsManager() => new(Configure(new AmazonSecretsManagerConfig()));

    /// <summary>Servers other than AWS rarely answer on <c>bucket.host</c>.</summary>
    public static bool HasCustomS3Endpoint(Func<string, string?> variable) =>
        !string.IsNullOrWhiteSpace(variable("AWS_ENDPOINT_URL_S3")) || !string.IsNullOrWhiteSpace(variable("AWS_ENDPOINT_URL"));

    /// <summary>
    /// Bounds what the SDK leaves unbounded: without a timeout a dead connection would hold a function until Lambda kills it.
    /// The timeout covers a request up to its response headers; bodies are watched by who reads them.
    /// </summary>
    public static T Configure<T>(T config) where T : ClientConfig
    {
        config.Timeout = TimeSpan.FromSeconds(60);
        config.ConnectTimeout = TimeSpan.FromSeconds(10);
        config.MaxErrorRetry = 4;
        config.RetryMode = RequestRetryMode.Standard;
        return config;
    }
}
