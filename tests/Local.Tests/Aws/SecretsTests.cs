using System.Net;
using System.Text;
using Amazon.SecretsManager;
using Amazon.SecretsManager.Model;
using SnapshotBridge.Local.Aws.Protocols;
using Xunit;

namespace SnapshotBridge.Local.Tests.Aws;

public sealed class SecretsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GetSecretValue_ByNameAndByArn_GivesTheText()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.Secrets();
        var arn = aws.Endpoints.Secrets.Store.Put("bridge/oci", """{"user":"ü"}""");

        foreach (var id in (string[])["bridge/oci", arn, arn[..^7]])
        {
            var value = await client.GetSecretValueAsync(new GetSecretValueRequest { SecretId = id }, Token);
            Assert.Equal("""{"user":"ü"}""", value.SecretString);
            Assert.Null(value.SecretBinary);
            Assert.Equal((arn, "bridge/oci"), (value.ARN, value.Name));
            Assert.Equal(["AWSCURRENT"], value.VersionStages);
        }
    }

    [Fact]
    public async Task GetSecretValue_Binary_GivesTheBytes()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.Secrets();
        aws.Endpoints.Secrets.Store.Put("binary", Encoding.UTF8.GetBytes("bytes"));

        var value = await client.GetSecretValueAsync(new GetSecretValueRequest { SecretId = "binary" }, Token);

        Assert.Null(value.SecretString);
        Assert.Equal("bytes", Encoding.UTF8.GetString(value.SecretBinary.ToArray()));
    }

    [Fact]
    public async Task GetSecretValue_Unknown_IsResourceNotFoundWithStatus400()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.Secrets();

        var error = await Assert.ThrowsAsync<ResourceNotFoundException>(
            () => client.GetSecretValueAsync(new GetSecretValueRequest { SecretId = "none" }, Token));

        Assert.Equal(HttpStatusCode.BadRequest, error.StatusCode);
    }

    [Fact]
    public async Task Put_ASecondTime_KeepsThePreviousVersion()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.Secrets();
        aws.Endpoints.Secrets.Store.Put("s", "old");
        aws.Endpoints.Secrets.Store.Put("s", "new");

        var current = await client.GetSecretValueAsync(new GetSecretValueRequest { SecretId = "s" }, Token);
        var previous = await client.GetSecretValueAsync(new GetSecretValueRequest { SecretId = "s", VersionStage = "AWSPREVIOUS" }, Token);

        Assert.Equal(("new", "old"), (current.SecretString, previous.SecretString));
    }

    [Fact]
    public async Task Operations_OverHttp_CreatePutDescribeAndList()
    {
        await using var aws = await AwsFixture.StartAsync();

        var created = await CallAsync(aws, "CreateSecret", """{"Name":"s","SecretString":"one"}""");
        var twice = await CallAsync(aws, "CreateSecret", """{"Name":"s","SecretString":"one"}""");
        var put = await CallAsync(aws, "PutSecretValue", """{"SecretId":"s","SecretString":"two"}""");
        var described = await CallAsync(aws, "DescribeSecret", """{"SecretId":"s"}""");
        var listed = await CallAsync(aws, "ListSecrets", "{}");
        var unknown = await CallAsync(aws, "RotateSecret", "{}");
        var notJson = await CallAsync(aws, "GetSecretValue", "[1]");

        Assert.Equal(HttpStatusCode.OK, created.Status);
        Assert.Contains("ResourceExistsException", twice.Body, StringComparison.Ordinal);
        Assert.Contains("AWSCURRENT", put.Body, StringComparison.Ordinal);
        Assert.Contains("AWSPREVIOUS", described.Body, StringComparison.Ordinal);
        Assert.Contains("\"SecretList\":[{", listed.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("two", described.Body + listed.Body, StringComparison.Ordinal);
        Assert.Contains("UnknownOperationException", unknown.Body, StringComparison.Ordinal);
        Assert.Contains("SerializationException", notJson.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fail_AnswersTheGivenError()
    {
        await using var aws = await AwsFixture.StartAsync();
        using var client = aws.Secrets();
        aws.Endpoints.Secrets.Store.Put("s", "value");
        aws.Endpoints.Secrets.Faults.Fail(() => new AwsServiceException("AccessDeniedException", "Not yours."), "GetSecretValue");

        var error = await Assert.ThrowsAsync<AmazonSecretsManagerException>(
            () => client.GetSecretValueAsync(new GetSecretValueRequest { SecretId = "s" }, Token));
        var value = await client.GetSecretValueAsync(new GetSecretValueRequest { SecretId = "s" }, Token);

        Assert.Equal("AccessDeniedException", error.ErrorCode);
        Assert.Equal("value", value.SecretString);
    }

    private static async Task<(HttpStatusCode Status, string Body)> CallAsync(AwsFixture aws, string operation, string input)
    {
        using var http = new SignedHttp(aws.Endpoints);
        using var response = await http.SendAsync(
            aws.Endpoints.Secrets.Endpoint, "secretsmanager", HttpMethod.Post, "/", Encoding.UTF8.GetBytes(input), ("x-amz-target", $"secretsmanager.{operation}"));
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Token));
    }
}
