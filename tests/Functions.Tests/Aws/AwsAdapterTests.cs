using System.Net;
using System.Text.Json.Serialization;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.SecretsManager;
using Microsoft.Extensions.Logging;
using SnapshotBridge.Aws;
using SnapshotBridge.Configuration;
using SnapshotBridge.Errors;
using SnapshotBridge.Exports;
using SnapshotBridge.Functions.Tests.Exports;
using SnapshotBridge.Storage;
using Xunit;

namespace SnapshotBridge.Functions.Tests.Aws;

public sealed partial class AwsAdapterTests
{
    [Theory]
    [InlineData(0, null, AwsErrorKind.Transient)]
    [InlineData(408, null, AwsErrorKind.Transient)]
    [InlineData(429, null, AwsErrorKind.Transient)]
    [InlineData(500, "InternalError", AwsErrorKind.Transient)]
    [InlineData(503, "SlowDown", AwsErrorKind.Transient)]
    [InlineData(400, "Throttling", AwsErrorKind.Transient)]
    [InlineData(400, "RequestTimeout", AwsErrorKind.Transient)]
    [InlineData(403, "AccessDenied", AwsErrorKind.AccessDenied)]
    [InlineData(403, null, AwsErrorKind.AccessDenied)]
    [InlineData(400, "ExpiredToken", AwsErrorKind.AccessDenied)]
    [InlineData(400, "AccessDeniedException", AwsErrorKind.AccessDenied)]
    [InlineData(404, "NoSuchBucket", AwsErrorKind.BucketNotFound)]
    [InlineData(301, "PermanentRedirect", AwsErrorKind.BucketNotFound)]
    [InlineData(404, "NoSuchKey", AwsErrorKind.NotFound)]
    [InlineData(404, null, AwsErrorKind.NotFound)]
    [InlineData(400, "InvalidArgument", AwsErrorKind.Final)]
    [InlineData(412, "PreconditionFailed", AwsErrorKind.Final)]
    public void Kind_StatusAndCode_DecideWhatItMeans(int status, string? code, AwsErrorKind expected) =>
        Assert.Equal(expected, AwsErrors.Kind(status, code));

    [Fact]
    public void Kind_Exceptions_AreSortedByWhatTheyMean()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.Equal(AwsErrorKind.Transient, AwsErrors.Kind(new HttpRequestException("refused"), CancellationToken.None));
        Assert.Equal(AwsErrorKind.Transient, AwsErrors.Kind(new TaskCanceledException(), CancellationToken.None));
        Assert.Equal(AwsErrorKind.Transient, AwsErrors.Kind(new IOException("reset"), CancellationToken.None));
        Assert.Equal(AwsErrorKind.Final, AwsErrors.Kind(new AmazonClientException("no region"), CancellationToken.None));
        Assert.Null(AwsErrors.Kind(new OperationCanceledException(), cancelled.Token));
        Assert.Null(AwsErrors.Kind(new InvalidOperationException(), CancellationToken.None));
        var service = new AmazonS3Exception("m", ErrorType.Sender, "NoSuchBucket", "r", HttpStatusCode.NotFound);
        Assert.IsType<BucketNotFoundException>(AwsErrors.Wrap(service, "s3:GetObject", "s3://b/k", "b", CancellationToken.None));
    }

    [Fact]
    public async Task DocumentStore_WritesReadsListsAndDeletes()
    {
        await using var rig = await ExportRig.StartAsync();
        var store = new S3DocumentStore(rig.S3(), ExportRig.Bucket);
        var token = new TokenDocument { ExportTaskId = "t", ExecutionName = "e", TaskToken = "secret", SavedAt = DateTimeOffset.UnixEpoch };

        await store.WriteAsync("bridge/t/a b+c.json", token, ExportsJson.Default.TokenDocument, ExportRig.Token);
        await store.WriteTextAsync("bridge/t/page.html", "<p>größe</p>", "text/html", ExportRig.Token);

        Assert.Equal(token, await store.ReadAsync("bridge/t/a b+c.json", ExportsJson.Default.TokenDocument, ExportRig.Token));
        Assert.Equal("<p>größe</p>", await rig.TextAsync("bridge/t/page.html"));
        var listed = await store.ListAsync("bridge/t/", ExportRig.Token).ToListAsync(ExportRig.Token);
        Assert.Equal(["bridge/t/a b+c.json", "bridge/t/page.html"], listed.Select(item => item.Key));
        Assert.All(listed, item => Assert.NotEmpty(item.ETag));
        await store.DeleteAsync("bridge/t/a b+c.json", ExportRig.Token);
        await store.DeleteAsync("bridge/t/a b+c.json", ExportRig.Token);
        Assert.Null(await store.ReadAsync("bridge/t/a b+c.json", ExportsJson.Default.TokenDocument, ExportRig.Token));
        Assert.Equal("wait of execution 'e' for export task 't'", token.ToString());
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("")]
    public async Task DocumentStore_DocumentThatIsNone_NamesBucketAndKey(string text)
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.PutAsync("bridge/t/x.json", text);

        var exception = await Assert.ThrowsAsync<DocumentInvalidException>(
            () => new S3DocumentStore(rig.S3(), ExportRig.Bucket).ReadAsync("bridge/t/x.json", ExportsJson.Default.TokenDocument, ExportRig.Token));

        Assert.Contains("The document s3://export-bucket/bridge/t/x.json cannot be read", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DocumentStore_ConnectionDiesInTheBody_IsTransient()
    {
        await using var rig = await ExportRig.StartAsync();
        await rig.PutAsync("bridge/t/x.json", $$"""{"exportTaskId":"{{new string('x', 200_000)}}","status":"COMPLETE"}""");
        rig.Aws.S3.Faults.Reset(100_000);

        var exception = await Assert.ThrowsAsync<AwsServiceUnavailableException>(
            () => new S3DocumentStore(rig.S3(), ExportRig.Bucket).ReadAsync("bridge/t/x.json", ExportsJson.Default.ExportOutcome, ExportRig.Token));

        Assert.Contains("s3:GetObject on s3://export-bucket/bridge/t/x.json failed for a passing reason", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecretReader_Secret_IsReadOnceInFiveMinutes()
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Aws.Secrets.Store.Put("db", """{"username":"u","password":"first"}""");
        using var reader = new SecretReader(Secrets(rig), rig.Time);

        Assert.Equal("first", (await reader.ReadAsync("db", SecretJson.Default.Login, ExportRig.Token)).Password);
        rig.Aws.Secrets.Store.Put("db", """{"username":"u","password":"second"}""");
        Assert.Equal("first", (await reader.ReadAsync("db", SecretJson.Default.Login, ExportRig.Token)).Password);
        rig.Time.Ahead = SecretReader.CacheDuration;
        Assert.Equal("second", (await reader.ReadAsync("db", SecretJson.Default.Login, ExportRig.Token)).Password);
        rig.Aws.Secrets.Store.Put("db", """{"username":"u","password":"third"}""");
        reader.Forget("db");
        Assert.Equal("third", (await reader.ReadAsync("db", SecretJson.Default.Login, ExportRig.Token)).Password);
    }

    [Fact]
    public async Task SecretReader_NoSuchSecret_NamesIt()
    {
        await using var rig = await ExportRig.StartAsync();
        using var reader = new SecretReader(Secrets(rig), TimeProvider.System);

        var exception = await Assert.ThrowsAsync<SecretNotFoundException>(() => reader.ReadAsync("nothing", SecretJson.Default.Login, ExportRig.Token));

        Assert.Contains("Secrets Manager has no secret 'nothing'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecretReader_SecretWithoutAValue_SaysHowToStoreIt()
    {
        await using var rig = await ExportRig.StartAsync();
        var arn = rig.Aws.Secrets.Store.CreateEmpty("made-by-the-deployment");
        using var reader = new SecretReader(Secrets(rig), TimeProvider.System);

        var exception = await Assert.ThrowsAsync<SecretNotFoundException>(() => reader.ReadAsync(arn, SecretJson.Default.Login, ExportRig.Token));

        Assert.Contains($"no secret '{arn}' with a current value", exception.Message, StringComparison.Ordinal);
        Assert.Contains("put-secret-value", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hunter2-the-password", "it is not a JSON object of the expected types")]
    [InlineData("[\"hunter2-the-password\"]", "it is a JSON Array and not an object")]
    [InlineData("""{"username":"hunter2-the-password"}""", "missing or blank: password")]
    [InlineData("""{"username":"hunter2-the-password","password":" "}""", "missing or blank: password")]
    [InlineData("""{"username":"hunter2-the-password","password":{"hunter2-the-password":1}}""", "it is not a JSON object of the expected types")]
    public async Task SecretReader_OtherContent_IsDescribedWithoutBeingQuoted(string text, string expected)
    {
        await using var rig = await ExportRig.StartAsync();
        rig.Aws.Secrets.Store.Put("db", text);
        using var reader = new SecretReader(Secrets(rig), TimeProvider.System);

        var exception = await Assert.ThrowsAsync<SecretInvalidException>(() => reader.ReadAsync("db", SecretJson.Default.Login, ExportRig.Token));

        Assert.Contains($"The secret 'db' cannot be used: {expected}. Store a JSON object with \"username\", \"password\"", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void LambdaLog_MessageAndException_GoToTheTwoArgumentForm()
    {
        var context = new LogContext();
        var log = new LambdaLog(context.Logger);

        Say(log, "{braces}", new InvalidOperationException("why"));

        Assert.StartsWith("Warning It is {braces}", context.Text, StringComparison.Ordinal);
        Assert.Contains("System.InvalidOperationException: why", context.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1", true)]
    [InlineData("AWS_ENDPOINT_URL", "http://127.0.0.1:1", true)]
    [InlineData("AWS_ENDPOINT_URL_S3", " ", false)]
    [InlineData("AWS_ENDPOINT_URL_RDS", "http://127.0.0.1:1", false)]
    public void HasCustomS3Endpoint_Variables_Decide(string name, string value, bool expected) =>
        Assert.Equal(expected, AwsClients.HasCustomS3Endpoint(variable => variable == name ? value : null));

    private static AmazonSecretsManagerClient Secrets(ExportRig rig) => new(
        rig.Credentials,
        new AmazonSecretsManagerConfig { ServiceURL = rig.Aws.Secrets.Endpoint.AbsoluteUri, AuthenticationRegion = rig.Aws.Region, MaxErrorRetry = 0 });

    [LoggerMessage(1, LogLevel.Warning, "It is {What}")]
    private static partial void Say(ILogger logger, string what, Exception exception);

    internal sealed record Login
    {
        public required string Username { get; init; }

        public required string Password { get; init; }
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Login))]
    internal sealed partial class SecretJson : JsonSerializerContext;
}
