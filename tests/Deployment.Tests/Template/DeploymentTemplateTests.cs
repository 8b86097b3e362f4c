using System.Text.Json.Nodes;
using SnapshotBridge.Local.Deployment;
using SnapshotBridge.Local.StateMachine.Events;

namespace SnapshotBridge.Deployment.Tests.Template;

public sealed class DeploymentTemplateTests
{
    private static readonly string[] Everywhere = ["EXPORT_BUCKET", "EXPORT_PREFIX", "PIPELINE_NAME"];
    private static readonly string[] Oci = ["OCI_REGION", "OCI_NAMESPACE", "OCI_BUCKET", "OCI_SECRET_ID"];

    public static TheoryData<string, string[]> Settings => new()
    {
        { "StartExportFunction", ["EXPORT_ROLE_ARN", "EXPORT_KMS_KEY_ID", "EXPORT_DEADLINE_HOURS", "SOURCE_DATABASES"] },
        { "SweepFunction", ["SOURCE_DATABASES", "SWEEP_LOOKBACK_DAYS", "STATE_MACHINE_ARN"] },
        { "ExportMarkerFunction", [] },
        { "ExportEndedFunction", [] },
        { "PlanCopyFunction", ["DESTINATION_PREFIX", "BATCH_BYTES", "BATCH_OBJECTS", "MAX_CONCURRENCY"] },
        { "CopyTableFunction", [.. Oci, "DOTNET_GCgen0size", "DOTNET_TC_CallCountingDelayMs", "DOTNET_TC_BackgroundWorkerTimeoutMs"] },
        {
            "LoadTablesFunction",
            [
                .. Oci, "HEATWAVE_HOST", "HEATWAVE_PORT", "HEATWAVE_SECRET_ID", "HEATWAVE_SSL_MODE", "HEATWAVE_CA_FILE",
                "COLUMN_TYPES", "PUBLISH", "KEEP_VERSIONS", "VERIFY", "LOAD_MODE", "PAR_HOURS", "PAR_AFTER_LOAD", "EVENT_BUS", "LIST_PRICES",
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void Function_GetsEverySettingThatAnOperatorChooses(string function, string[] settings)
    {
        var environment = Load().Functions.Single(candidate => candidate.LogicalId == function).Environment;

        Assert.Equal([.. Everywhere.Concat(settings).Order(StringComparer.Ordinal)], environment.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void SnapshotRule_TakesEveryEventThatSaysASnapshotIsThere()
    {
        var pattern = Assert.Single(Load(("AutomaticTrigger", "ENABLED")).StateMachine.EventPatterns);

        Assert.Equal(
            ["RDS-EVENT-0042", "RDS-EVENT-0060", "RDS-EVENT-0075", "RDS-EVENT-0091", "RDS-EVENT-0169", "RDS-EVENT-0197"],
            pattern["detail"]!["EventID"]!.AsArray().Select(id => id!.GetValue<string>()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void SnapshotRule_NothingIsSaid_IsDisabled() => Assert.Empty(Load().StateMachine.EventPatterns);

    [Theory]
    [InlineData("yes", true)]
    [InlineData("no", false)]
    public void ExportMarker_CreatedOrExistingBucket_IsWokenInOneWay(string created, bool byTheBucket)
    {
        var template = Load(("CreateExportBucket", created));
        var marker = template.Functions.Single(function => function.LogicalId == "ExportMarkerFunction");

        Assert.Equal(byTheBucket, template.CreatesBucket);
        Assert.Equal(byTheBucket ? [new S3EventFilter("exports/", "_SUCCESS")] : [], marker.S3Events);
        Assert.Equal(byTheBucket ? 0 : 1, marker.EventPatterns.Count);
    }

    [Theory]
    [InlineData("exports/shop-1/shop/shop.orders/1/_SUCCESS", "exports", true)]
    [InlineData("exports/shop-1/shop/shop.orders/1/part-00000.gz.parquet", "exports", false)]
    [InlineData("bridge/shop-1/plan.json", "exports", false)]
    [InlineData("elsewhere/exports/shop-1/_SUCCESS", "exports", false)]
    [InlineData("exports/shop-1/shop/shop.orders/1/_SUCCESS", "another-bucket", false)]
    public void MarkerRule_TakesMarkersOfTheBucketAlone(string key, string bucket, bool taken)
    {
        var marker = Load(("CreateExportBucket", "no")).Functions.Single(function => function.LogicalId == "ExportMarkerFunction");
        var pattern = EventPattern.Parse(marker.EventPatterns[0].ToJsonString());

        Assert.Equal(taken, pattern.Matches(new JsonObject
        {
            ["source"] = "aws.s3",
            ["detail-type"] = "Object Created",
            ["detail"] = new JsonObject { ["bucket"] = new JsonObject { ["name"] = bucket }, ["object"] = new JsonObject { ["key"] = key } },
        }));
    }

    [Fact]
    public void Secrets_NoneGiven_AreTheCreatedOnes()
    {
        var template = Load(("OciSecretId", ""), ("HeatWaveSecretId", ""), ("ExportKmsKeyArn", ""));
        var load = template.Functions.Single(function => function.LogicalId == "LoadTablesFunction").Environment;
        var start = template.Functions.Single(function => function.LogicalId == "StartExportFunction").Environment;

        Assert.Contains(":secret:OciSecret-", load["OCI_SECRET_ID"], StringComparison.Ordinal);
        Assert.Contains(":secret:HeatWaveSecret-", load["HEATWAVE_SECRET_ID"], StringComparison.Ordinal);
        Assert.EndsWith(":key/ExportKey", start["EXPORT_KMS_KEY_ID"], StringComparison.Ordinal);
    }

    [Fact]
    public void Stacks_TwoInOneAccount_HaveMachinesOfTheirOwn()
    {
        var template = LoadAs("bridge-prod");

        Assert.Equal("bridge-prod", template.StateMachine.Name);
        Assert.EndsWith(":stateMachine:bridge-prod", template.Functions.Single(function => function.LogicalId == "SweepFunction").Environment["STATE_MACHINE_ARN"], StringComparison.Ordinal);
    }

    private static DeploymentTemplate Load(params (string Name, string Value)[] parameters) => LoadAs("snapshot-bridge", parameters);

    private static DeploymentTemplate LoadAs(string stack, params (string Name, string Value)[] parameters)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "template.yaml")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("template.yaml is in no folder above the tests.");
        }

        var values = new Dictionary<string, string>
        {
            ["ExportBucketName"] = "exports", ["ExportKmsKeyArn"] = "arn:aws:kms:us-east-1:123456789012:key/k", ["OciRegion"] = "us-ashburn-1",
            ["OciBucket"] = "landing", ["OciSecretId"] = "oci", ["HeatWaveHost"] = "heatwave", ["HeatWaveSecretId"] = "heatwave",
        };
        foreach (var (name, value) in parameters)
        {
            values[name] = value;
        }

        return DeploymentTemplate.Load(Path.Combine(folder.FullName, "template.yaml"), values, new AwsAccount("123456789012", "us-east-1", stack));
    }
}
