using SnapshotBridge.Local.Deployment;

namespace SnapshotBridge.EndToEnd.Tests;

public sealed class TemplateTests
{
    private static readonly string[] Everywhere = ["EXPORT_BUCKET", "EXPORT_PREFIX", "PIPELINE_NAME"];
    private static readonly string[] Oci = ["OCI_REGION", "OCI_NAMESPACE", "OCI_BUCKET", "OCI_SECRET_ID"];

    public static TheoryData<string, string[]> Settings => new()
    {
        { "StartExportFunction", ["EXPORT_ROLE_ARN", "EXPORT_KMS_KEY_ID", "EXPORT_DEADLINE_HOURS", "SOURCE_DATABASES"] },
        { "ExportMarkerFunction", [] },
        { "ExportEndedFunction", [] },
        { "PlanCopyFunction", ["DESTINATION_PREFIX", "BATCH_BYTES", "BATCH_OBJECTS", "MAX_CONCURRENCY"] },
        { "CopyTableFunction", Oci },
        { "LoadTablesFunction", [.. Oci, "HEATWAVE_HOST", "HEATWAVE_PORT", "HEATWAVE_SECRET_ID", "HEATWAVE_SSL_MODE", "HEATWAVE_CA_FILE", "PAR_HOURS", "LOAD_MODE"] },
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
        var pattern = Assert.Single(Load().StateMachine.EventPatterns);

        Assert.Equal(
            ["RDS-EVENT-0042", "RDS-EVENT-0060", "RDS-EVENT-0075", "RDS-EVENT-0091", "RDS-EVENT-0169", "RDS-EVENT-0197"],
            pattern["detail"]!["EventID"]!.AsArray().Select(id => id!.GetValue<string>()).Order(StringComparer.Ordinal));
    }

    private static DeploymentTemplate Load()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "template.yaml")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("template.yaml is in no folder above the tests.");
        }

        return DeploymentTemplate.Load(
            Path.Combine(folder.FullName, "template.yaml"),
            new Dictionary<string, string>
            {
                ["ExportBucketName"] = "exports", ["ExportKmsKeyArn"] = "arn:aws:kms:us-east-1:123456789012:key/k", ["OciRegion"] = "us-ashburn-1",
                ["OciBucket"] = "landing", ["OciSecretId"] = "oci", ["HeatWaveHost"] = "heatwave", ["HeatWaveSecretId"] = "heatwave",
            },
            new AwsAccount("123456789012", "us-east-1"));
    }
}
