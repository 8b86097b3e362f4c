using System.Text.Json.Nodes;
using SnapshotBridge.Preflight;
using SnapshotBridge.PreflightTool;

namespace SnapshotBridge.EndToEnd.Tests;

/// <summary>What an account can answer that a whole deployment never does.</summary>
public sealed class PreflightRunTests
{
    private readonly ScriptedAccount _account = new();

    [Fact]
    public async Task RunAsync_EverythingAnswersAsItShould_Passes()
    {
        var report = await RunAsync();

        Assert.True(report.Passed, string.Join('\n', report.Lines.Select(PreflightReport.Text)));
        Assert.Equal(
            ["StartExport", "PlanCopy", "CopyTable", "LoadTables", "PlanCopy+cleanUp", "ExportMarker", "ExportEnded"], _account.Invoked);
        // What PlanCopy tells is passed on.
        Assert.Equal("landing/", $"{_account.Payloads["CopyTable"]["preflight"]!["destinationPrefix"]}");
        Assert.Equal("arn:snapshot", $"{_account.Payloads["StartExport"]["preflight"]!["snapshotArn"]}");
    }

    [Fact]
    public async Task RunAsync_FunctionDoesNotStart_NamesTheSettings()
    {
        _account.Errors["StartExport"] = ("InvalidOptionsException", "StartExport cannot start: EXPORT_KMS_KEY_ID is not set.");

        var report = await RunAsync();
        AssertFailed(report, "StartExport", "start", "EXPORT_KMS_KEY_ID is not set", "parameters that set these variables");
        // The account's own checks need what StartExport would have told.
        Assert.Equal(PreflightResult.Skipped, report.Lines.Single(line => line.Check.Name == "export.role").Check.Result);
    }

    [Fact]
    public async Task RunAsync_FunctionRunsIntoItsTimeout_NamesTheNetwork()
    {
        _account.Errors["LoadTables"] = ("Sandbox.Timedout", "RequestId: x Error: Task timed out after 900.00 seconds");

        AssertFailed(await RunAsync(), "LoadTables", "start", "timed out", "NAT gateway");
    }

    [Fact]
    public async Task RunAsync_FunctionOfAnOlderVersion_AsksForADeployment()
    {
        _account.Answers["CopyTable"] = """{"done":false}""";

        AssertFailed(await RunAsync(), "CopyTable", "start", "older than this preflight", "deploy the stack again");
    }

    [Fact]
    public async Task RunAsync_FunctionIsNotInTheStack_SaysSo()
    {
        _account.Resources.Remove("LoadTablesFunction");

        AssertFailed(await RunAsync(), "LoadTables", "start", "no such function", "template.yaml");
    }

    [Fact]
    public async Task RunAsync_CallerMayNotInvoke_NamesThePermission()
    {
        _account.Refusals["invoke"] = new AccountException("lambda invoke", "AccessDeniedException", "not authorized");

        var report = await RunAsync();
        AssertFailed(report, "StartExport", "start", "AccessDeniedException", "lambda:InvokeFunction");
        AssertFailed(report, "account", "documents.removed", "PlanCopy did not answer", "by hand");
    }

    [Fact]
    public async Task RunAsync_CallerMayNotReadTheRole_IsAWarningAndNoFailure()
    {
        _account.Refusals["role"] = new AccountException("iam get-role", "AccessDenied", "not authorized to perform: iam:GetRole");

        var report = await RunAsync();
        Assert.Equal(PreflightResult.Warning, report.Lines.Single(line => line.Check.Name == "export.role").Check.Result);
        Assert.Equal(0, report.ExitCode);
    }

    [Fact]
    public async Task RunAsync_NoRole_Fails()
    {
        _account.Refusals["role"] = new AccountException("iam get-role", "NoSuchEntity", "cannot be found");

        AssertFailed(await RunAsync(), "account", "export.role", "NoSuchEntity", "Deploy the stack again");
    }

    [Theory]
    [InlineData("KeyManager", "AWS", "AWS key")]
    [InlineData("KeySpec", "RSA_4096", "RSA_4096")]
    [InlineData("KeyState", "PendingDeletion", "PendingDeletion")]
    public async Task RunAsync_KeyThatRdsDoesNotTake_Fails(string field, string value, string detail)
    {
        _account.Key[field] = value;

        AssertFailed(await RunAsync(), "account", "export.key", detail, "key");
    }

    [Fact]
    public async Task RunAsync_BucketWithAnotherEncryption_Warns()
    {
        _account.Encryption = "AES256";

        var report = await RunAsync();
        Assert.Equal(PreflightResult.Warning, report.Lines.Single(line => line.Check.Name == "export.encryption").Check.Result);
    }

    [Theory]
    [InlineData("""{"EventBridgeConfiguration":{}}""", true)]
    [InlineData("""{}""", false)]
    [InlineData("""{"LambdaFunctionConfigurations":[{"Events":["s3:ObjectCreated:*"],"Filter":{"Key":{"FilterRules":[{"Name":"Prefix","Value":"other/"},{"Name":"Suffix","Value":"_SUCCESS"}]}}}]}""", false)]
    [InlineData("""{"LambdaFunctionConfigurations":[{"Events":["s3:ObjectRemoved:*"]}]}""", false)]
    [InlineData("""{"LambdaFunctionConfigurations":[{"Events":["s3:ObjectCreated:Put"]}]}""", true)]
    public async Task RunAsync_BucketsNotifications_MustCoverTheMarkers(string configuration, bool isWired)
    {
        _account.Notifications = configuration;

        Assert.Equal(
            isWired ? PreflightResult.Ok : PreflightResult.Failed, (await RunAsync()).Lines.Single(line => line.Check.Name == "export.events").Check.Result);
    }

    [Theory]
    [InlineData("ROLLBACK_COMPLETE", PreflightResult.Failed)]
    [InlineData("UPDATE_IN_PROGRESS", PreflightResult.Failed)]
    [InlineData("UPDATE_ROLLBACK_COMPLETE", PreflightResult.Warning)]
    [InlineData("UPDATE_COMPLETE", PreflightResult.Ok)]
    public async Task RunAsync_StackStatus_IsJudged(string status, PreflightResult expected)
    {
        _account.Status = status;

        Assert.Equal(expected, (await RunAsync()).Lines.Single(line => line.Check.Name == "stack").Check.Result);
    }

    private Task<PreflightReport> RunAsync() => new PreflightRun(_account, _ => { }).RunAsync("bridge", "arn:snapshot", TestContext.Current.CancellationToken);

    private static void AssertFailed(PreflightReport report, string where, string name, string detail, string remedy)
    {
        var check = Assert.Single(report.Lines, line => line.Where == where && line.Check.Name == name).Check;
        Assert.Equal(PreflightResult.Failed, check.Result);
        Assert.Contains(detail, check.Detail, StringComparison.Ordinal);
        Assert.Contains(remedy, check.Remedy, StringComparison.Ordinal);
        Assert.Equal(1, report.ExitCode);
    }

    /// <summary>An account where everything is as it should be, unless a test changes it.</summary>
    private sealed class ScriptedAccount : IAccount
    {
        private const string NoChecks = """{"preflight":{"checks":[],"facts":{}}}""";

        public Dictionary<string, string> Resources { get; } = new string[] { "StartExport", "PlanCopy", "CopyTable", "LoadTables", "ExportMarker", "ExportEnded" }
            .ToDictionary(name => $"{name}Function", name => name);

        public Dictionary<string, string> Answers { get; } = new()
        {
            ["StartExport"] = """{"preflight":{"checks":[],"facts":{"exportBucket":"exports","exportPrefix":"exports/","exportRoleArn":"arn:aws:iam::1:role/x/export","exportKmsKeyId":"arn:key"}}}""",
            ["PlanCopy"] = """{"preflight":{"checks":[],"facts":{"destinationPrefix":"landing/"}}}""",
        };

        public Dictionary<string, (string Type, string Message)> Errors { get; } = [];

        public Dictionary<string, AccountException> Refusals { get; } = [];

        public List<string> Invoked { get; } = [];

        public Dictionary<string, JsonObject> Payloads { get; } = [];

        public string Status { get; set; } = "CREATE_COMPLETE";

        public string Encryption { get; set; } = "aws:kms";

        public string Notifications { get; set; } = """{"EventBridgeConfiguration":{}}""";

        public JsonObject Key { get; } = new() { ["KeyState"] = "Enabled", ["KeyUsage"] = "ENCRYPT_DECRYPT", ["KeyManager"] = "CUSTOMER", ["KeySpec"] = "SYMMETRIC_DEFAULT" };

        public Task<JsonObject> CallerAsync(CancellationToken cancellationToken) => Task.FromResult(new JsonObject { ["Arn"] = "arn:caller" });

        public Task<JsonObject> StackAsync(string name, CancellationToken cancellationToken) => Task.FromResult(new JsonObject { ["StackStatus"] = Status });

        public Task<IReadOnlyDictionary<string, string>> ResourcesAsync(string stack, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyDictionary<string, string>>(Resources);

        public Task<JsonObject> RoleAsync(string roleName, CancellationToken cancellationToken)
        {
            Assert.Equal("export", roleName);
            return Refusals.TryGetValue("role", out var refusal)
                ? throw refusal
                : Task.FromResult(new JsonObject
                {
                    ["AssumeRolePolicyDocument"] = JsonNode.Parse(
                        """{"Statement":{"Effect":"Allow","Principal":{"Service":["export.rds.amazonaws.com"]},"Action":["sts:AssumeRole"]}}"""),
                });
        }

        public Task<JsonObject> KeyAsync(string keyId, CancellationToken cancellationToken) => Task.FromResult(Key);

        public Task<JsonObject> BucketEncryptionAsync(string bucket, CancellationToken cancellationToken) => Task.FromResult(
            JsonNode.Parse($$$"""{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"{{{Encryption}}}"}}]}}""")!.AsObject());

        public Task<JsonObject> BucketNotificationsAsync(string bucket, CancellationToken cancellationToken) => Task.FromResult(JsonNode.Parse(Notifications)!.AsObject());

        public Task<Invocation> InvokeAsync(string functionName, JsonObject payload, CancellationToken cancellationToken)
        {
            if (Refusals.TryGetValue("invoke", out var refusal))
            {
                throw refusal;
            }

            var isCleanUp = payload["preflight"]?["cleanUp"]?.GetValue<bool>() == true;
            Invoked.Add(isCleanUp ? $"{functionName}+cleanUp" : functionName);
            Payloads[functionName] = payload;
            return Task.FromResult(Errors.TryGetValue(functionName, out var error)
                ? new Invocation(true, new JsonObject { ["errorType"] = error.Type, ["errorMessage"] = error.Message })
                : new Invocation(false, functionName.StartsWith("Export", StringComparison.Ordinal) ? null : JsonNode.Parse(Answers.GetValueOrDefault(functionName, NoChecks))));
        }
    }
}
