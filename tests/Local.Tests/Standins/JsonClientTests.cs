using System.Net;
using Amazon.EventBridge;
using Amazon.EventBridge.Model;
using Amazon.Runtime;
using Amazon.SecretsManager;
using Amazon.SecretsManager.Model;
using Amazon.StepFunctions;
using Amazon.StepFunctions.Model;
using Xunit;

namespace SnapshotBridge.Local.Tests.Standins;

public sealed class JsonClientTests
{
    private const string AccessKey = "AKIDEXAMPLE";
    private const string Secret = "secret";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SendTaskSuccessAsync_Request_IsJson10InCamelCase()
    {
        await using var server = await RecordingServer.StartAsync(Answer.Json("{}"));
        using var client = StepFunctions(server);

        await client.SendTaskSuccessAsync(new SendTaskSuccessRequest { TaskToken = "t/+=", Output = """{"a":"ä"}""" }, Token);

        var request = server.Single;
        Assert.Equal("POST", request.Method);
        Assert.Equal("/", request.RawTarget);
        Assert.Equal("AWSStepFunctions.SendTaskSuccess", request.Headers["x-amz-target"]);
        Assert.Equal("application/x-amz-json-1.0", request.Headers["content-type"]);
        using var body = System.Text.Json.JsonDocument.Parse(request.Text);
        Assert.Equal("t/+=", body.RootElement.GetProperty("taskToken").GetString());
        Assert.Equal("""{"a":"ä"}""", body.RootElement.GetProperty("output").GetString());
        SignatureVersion4.AssertValid(request, AccessKey, Secret, "eu-west-1", "states");
    }

    [Fact]
    public async Task SendTaskFailureAsync_SessionToken_IsSigned()
    {
        await using var server = await RecordingServer.StartAsync(Answer.Json("{}"));
        using var client = new AmazonStepFunctionsClient(
            new SessionAWSCredentials(AccessKey, Secret, "session"),
            new AmazonStepFunctionsConfig { ServiceURL = server.Url, AuthenticationRegion = "eu-west-1" });

        await client.SendTaskFailureAsync(new SendTaskFailureRequest { TaskToken = "t", Error = "E", Cause = "c" }, Token);

        Assert.Equal("session", server.Single.Headers["x-amz-security-token"]);
        Assert.Contains("x-amz-security-token", server.Single.Headers["authorization"], StringComparison.Ordinal);
        SignatureVersion4.AssertValid(server.Single, AccessKey, Secret, "eu-west-1", "states");
    }

    [Fact]
    public async Task DescribeExecutionAsync_Answer_HasDatesAndNullsWhereNothingIs()
    {
        await using var server = await RecordingServer.StartAsync(Answer.Json(
            """{"executionArn":"arn","name":"n","status":"SUCCEEDED","startDate":1763684367.123,"output":"{}","redriveCount":0,"extra":[1]}""",
            200,
            ("x-amzn-RequestId", "r-3")));
        using var client = StepFunctions(server);

        var execution = await client.DescribeExecutionAsync(new DescribeExecutionRequest { ExecutionArn = "arn" }, Token);

        Assert.Equal(ExecutionStatus.SUCCEEDED, execution.Status);
        Assert.Equal(new DateTime(2025, 11, 21, 0, 19, 27, 123, DateTimeKind.Utc), execution.StartDate!.Value.ToUniversalTime());
        Assert.Equal(0, execution.RedriveCount);
        Assert.Null(execution.StopDate);
        Assert.Null(execution.Error);
        Assert.Equal("r-3", execution.ResponseMetadata.RequestId);
    }

    [Fact]
    public async Task ListExecutionsAsync_Pages_AreReadAndFiltersSent()
    {
        await using var server = await RecordingServer.StartAsync(Answer.Json(
            """{"executions":[{"executionArn":"a","name":"n","status":"RUNNING","startDate":1}],"nextToken":"more"}"""));
        using var client = StepFunctions(server);

        var page = await client.ListExecutionsAsync(
            new ListExecutionsRequest { StateMachineArn = "m", StatusFilter = ExecutionStatus.RUNNING, MaxResults = 5 }, Token);

        Assert.Contains("\"statusFilter\":\"RUNNING\"", server.Single.Text, StringComparison.Ordinal);
        Assert.Contains("\"maxResults\":5", server.Single.Text, StringComparison.Ordinal);
        Assert.Equal("a", page.Executions.Single().ExecutionArn);
        Assert.Equal("more", page.NextToken);
    }

    [Theory]
    [InlineData("com.amazonaws.swf.service.v2.model#TaskTimedOut", typeof(TaskTimedOutException), "TaskTimedOut")]
    [InlineData("TaskDoesNotExist", typeof(TaskDoesNotExistException), "TaskDoesNotExist")]
    [InlineData("InvalidToken", typeof(InvalidTokenException), "InvalidToken")]
    [InlineData("Brandnew", typeof(AmazonStepFunctionsException), "Brandnew")]
    public async Task SendTaskSuccessAsync_ErrorType_HasItsOwnException(string wireType, Type type, string code)
    {
        await using var server = await RecordingServer.StartAsync(Answer.Json($$"""{"__type":"{{wireType}}","message":"why"}""", 400));
        using var client = StepFunctions(server);

        var error = await Assert.ThrowsAnyAsync<AmazonStepFunctionsException>(
            () => client.SendTaskSuccessAsync(new SendTaskSuccessRequest { TaskToken = "t", Output = "{}" }, Token));

        Assert.IsType(type, error);
        Assert.Equal(code, error.ErrorCode);
        Assert.Equal("why", error.Message);
        Assert.Equal(HttpStatusCode.BadRequest, error.StatusCode);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task StartExecutionAsync_Unavailable_IsTriedThreeTimes()
    {
        await using var server = await RecordingServer.StartAsync(new Answer(503, "", ""));
        using var client = StepFunctions(server);

        var error = await Assert.ThrowsAnyAsync<AmazonStepFunctionsException>(
            () => client.StartExecutionAsync(new StartExecutionRequest { StateMachineArn = "m" }, Token));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, error.StatusCode);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task GetSecretValueAsync_Text_LeavesBinaryNull()
    {
        await using var server = await RecordingServer.StartAsync(Answer.Json(
            """{"ARN":"arn","Name":"n","SecretString":"{\"username\":\"u\"}","VersionId":"v","VersionStages":["AWSCURRENT"],"CreatedDate":1.5}"""));
        using var client = Secrets(server);

        var secret = await client.GetSecretValueAsync(new GetSecretValueRequest { SecretId = "n" }, Token);

        Assert.Equal("secretsmanager.GetSecretValue", server.Single.Headers["x-amz-target"]);
        Assert.Equal("application/x-amz-json-1.1", server.Single.Headers["content-type"]);
        Assert.Equal("""{"SecretId":"n"}""", server.Single.Text);
        SignatureVersion4.AssertValid(server.Single, AccessKey, Secret, "eu-west-1", "secretsmanager");
        Assert.Equal("""{"username":"u"}""", secret.SecretString);
        Assert.Null(secret.SecretBinary);
        Assert.Equal(["AWSCURRENT"], secret.VersionStages);
        Assert.Equal("arn", secret.ARN);
    }

    [Fact]
    public async Task GetSecretValueAsync_Binary_LeavesTextNull()
    {
        await using var server = await RecordingServer.StartAsync(Answer.Json("""{"Name":"n","SecretBinary":"AAEC"}"""));
        using var client = Secrets(server);

        var secret = await client.GetSecretValueAsync(new GetSecretValueRequest { SecretId = "n" }, Token);

        Assert.Null(secret.SecretString);
        Assert.Equal([0, 1, 2], secret.SecretBinary.ToArray());
        Assert.Null(secret.VersionStages);
    }

    [Fact]
    public async Task GetSecretValueAsync_UnknownSecret_IsNotFoundWithStatus400()
    {
        await using var server = await RecordingServer.StartAsync(Answer.Json(
            """{"__type":"ResourceNotFoundException","Message":"Secrets Manager can't find the specified secret."}""", 400));
        using var client = Secrets(server);

        var error = await Assert.ThrowsAsync<Amazon.SecretsManager.Model.ResourceNotFoundException>(
            () => client.GetSecretValueAsync(new GetSecretValueRequest { SecretId = "x" }, Token));

        Assert.Equal(HttpStatusCode.BadRequest, error.StatusCode);
        Assert.Equal("ResourceNotFoundException", error.ErrorCode);
        Assert.Equal("Secrets Manager can't find the specified secret.", error.Message);
    }

    [Fact]
    public async Task PutEventsAsync_Entry_IsSentAsJson11AndTheAnswerReadEntryByEntry()
    {
        await using var server = await RecordingServer.StartAsync(Answer.Json(
            """{"FailedEntryCount":1,"Entries":[{"EventId":"e-1"},{"ErrorCode":"ThrottlingException","ErrorMessage":"slow down"}]}"""));
        using var client = Events(server);
        var entry = new PutEventsRequestEntry
        {
            Source = "s", DetailType = "t", Detail = """{"a":"ä"}""", EventBusName = "default", Resources = ["arn:x"],
            Time = new DateTime(2026, 11, 21, 8, 0, 0, 500, DateTimeKind.Utc),
        };

        var answer = await client.PutEventsAsync(new PutEventsRequest { Entries = [entry, new PutEventsRequestEntry { Source = "s" }] }, Token);

        Assert.Equal("AWSEvents.PutEvents", server.Single.Headers["x-amz-target"]);
        Assert.Equal("application/x-amz-json-1.1", server.Single.Headers["content-type"]);
        SignatureVersion4.AssertValid(server.Single, AccessKey, Secret, "eu-west-1", "events");
        using var body = System.Text.Json.JsonDocument.Parse(server.Single.Text);
        Assert.Equal(["Entries"], body.RootElement.EnumerateObject().Select(field => field.Name));
        var sent = body.RootElement.GetProperty("Entries");
        Assert.Equal(["Detail", "DetailType", "EventBusName", "Resources", "Source", "Time"], sent[0].EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal));
        Assert.Equal("""{"a":"ä"}""", sent[0].GetProperty("Detail").GetString());
        Assert.Equal(1795248000.5, sent[0].GetProperty("Time").GetDouble());
        Assert.Equal(["Source"], sent[1].EnumerateObject().Select(field => field.Name));
        Assert.Equal(1, answer.FailedEntryCount);
        Assert.Equal(("e-1", null, null), (answer.Entries[0].EventId, answer.Entries[0].ErrorCode, answer.Entries[0].ErrorMessage));
        Assert.Equal((null, "ThrottlingException", "slow down"), (answer.Entries[1].EventId, answer.Entries[1].ErrorCode, answer.Entries[1].ErrorMessage));
    }

    [Fact]
    public async Task PutEventsAsync_InternalException_HasItsOwnException()
    {
        await using var server = await RecordingServer.StartAsync(Answer.Json("""{"__type":"InternalException","message":"why"}""", 500));
        using var client = new AmazonEventBridgeClient(
            AccessKey, Secret, new AmazonEventBridgeConfig { ServiceURL = server.Url, AuthenticationRegion = "eu-west-1", MaxErrorRetry = 0 });

        var error = await Assert.ThrowsAsync<InternalException>(() => client.PutEventsAsync(new PutEventsRequest { Entries = [] }, Token));

        Assert.Equal(("why", HttpStatusCode.InternalServerError), (error.Message, error.StatusCode));
    }

    [Fact]
    public async Task Clients_EndpointVariables_AreTheServicesOwn()
    {
        await using var steps = await RecordingServer.StartAsync(Answer.Json("{}"));
        await using var secrets = await RecordingServer.StartAsync(Answer.Json("{}"));
        await using var events = await RecordingServer.StartAsync(Answer.Json("{}"));
        Environment.SetEnvironmentVariable("AWS_ENDPOINT_URL_SFN", steps.Url);
        Environment.SetEnvironmentVariable("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.Url);
        Environment.SetEnvironmentVariable("AWS_ENDPOINT_URL_EVENTBRIDGE", events.Url);
        try
        {
            var credentials = new BasicAWSCredentials(AccessKey, Secret);
            using var stepClient = new AmazonStepFunctionsClient(credentials, Amazon.RegionEndpoint.EUWest1);
            using var secretClient = new AmazonSecretsManagerClient(credentials, Amazon.RegionEndpoint.EUWest1);
            using var eventClient = new AmazonEventBridgeClient(credentials, Amazon.RegionEndpoint.EUWest1);
            await eventClient.PutEventsAsync(new PutEventsRequest { Entries = [] }, Token);
            await stepClient.SendTaskHeartbeatAsync(new SendTaskHeartbeatRequest { TaskToken = "t" }, Token);
            await secretClient.GetSecretValueAsync(new GetSecretValueRequest { SecretId = "n" }, Token);
        }
        finally
        {
            Environment.SetEnvironmentVariable("AWS_ENDPOINT_URL_SFN", null);
            Environment.SetEnvironmentVariable("AWS_ENDPOINT_URL_SECRETS_MANAGER", null);
            Environment.SetEnvironmentVariable("AWS_ENDPOINT_URL_EVENTBRIDGE", null);
        }

        Assert.Single(steps.Requests);
        Assert.Single(secrets.Requests);
        Assert.Single(events.Requests);
    }

    private static AmazonStepFunctionsClient StepFunctions(RecordingServer server) => new(
        AccessKey, Secret, new AmazonStepFunctionsConfig { ServiceURL = server.Url, AuthenticationRegion = "eu-west-1" });

    private static AmazonEventBridgeClient Events(RecordingServer server) => new(
        AccessKey, Secret, new AmazonEventBridgeConfig { ServiceURL = server.Url, AuthenticationRegion = "eu-west-1" });

    private static AmazonSecretsManagerClient Secrets(RecordingServer server) => new(
        AccessKey, Secret, new AmazonSecretsManagerConfig { ServiceURL = server.Url, AuthenticationRegion = "eu-west-1" });
}
