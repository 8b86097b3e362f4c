using SnapshotBridge.Configuration;
using SnapshotBridge.Exports;
using SnapshotBridge.Requests;
using SnapshotBridge.Sweeping;
using Xunit;

namespace SnapshotBridge.Core.Tests.Sweeping;

public sealed class SweepSelectionTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 5, 0, 0, TimeSpan.Zero);

    private static readonly RequestContext Everyone = new("eu-central-1", []);

    [Fact]
    public void Newest_SeveralOfOneDatabase_IsTheLastAlone() =>
        Assert.Equal(["shop-2"], Select(Everyone, Snapshot("shop-1", 3), Snapshot("shop-2", 1), Snapshot("shop-3", 2)));

    [Fact]
    public void Newest_SeveralDatabases_ComesOldestFirst() =>
        Assert.Equal(["b-1", "a-1"], Select(Everyone, Snapshot("a-1", 1, "a"), Snapshot("b-1", 2, "b")));

    [Fact]
    public void Newest_InstanceAndClusterOfOneName_AreTwo() =>
        Assert.Equal(["x-1", "x-2"], Select(Everyone, Snapshot("x-1", 2, "x"), Snapshot("x-2", 1, "x", type: "cluster-snapshot")));

    [Theory]
    [InlineData("creating")]
    [InlineData("copying")]
    [InlineData("failed")]
    public void Newest_NotAvailable_IsLeftOutAndTheOneBeforeTaken(string status) =>
        Assert.Equal(["shop-1"], Select(Everyone, Snapshot("shop-1", 2), Snapshot("shop-2", 1) with { Status = status }));

    [Theory]
    [InlineData("oracle-ee")]
    [InlineData("sqlserver-se")]
    public void Newest_EngineThatRdsDoesNotExport_IsLeftOut(string engine) =>
        Assert.Empty(Select(Everyone, Snapshot("erp-1", 1) with { Engine = engine }));

    [Theory]
    [InlineData("preupgrade-shop-8-0-to-8-4")]
    [InlineData("shop-final-snapshot")]
    public void Newest_TakenByRdsItself_IsLeftOut(string id) => Assert.Empty(Select(Everyone, Snapshot(id, 1)));

    [Fact]
    public void Newest_OlderThanTheLookback_IsLeftOut() => Assert.Empty(Select(Everyone, Snapshot("shop-1", hoursAgo: 24 * 8)));

    [Fact]
    public void Newest_WithoutATime_IsLeftOut() => Assert.Empty(Select(Everyone, Snapshot("shop-1", 1) with { CreatedAt = null }));

    [Fact]
    public void Newest_ListedDatabases_AreTheOnlyOnes() =>
        Assert.Equal(["shop-1"], Select(new RequestContext("eu-central-1", ["Shop"]), Snapshot("shop-1", 1), Snapshot("b-1", 1, "b")));

    [Fact]
    public void ExecutionName_LongAutomatedSnapshot_FitsStepFunctions()
    {
        var name = SnapshotSweep.ExecutionName(SnapshotArn.Parse(
            $"arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:rds:{new string('a', 63)}-2026-11-21-03-10", "snapshot", [])!);

        Assert.Matches("^[a-z0-9-]{1,80}$", name);
        Assert.StartsWith("sweep-rds-aaa", name, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_WrongSettings_AreAllNamed()
    {
        var settings = new Dictionary<string, string> { ["AWS_REGION"] = "eu-central-1", ["STATE_MACHINE_ARN"] = "bridge", ["SWEEP_LOOKBACK_DAYS"] = "61" };

        var exception = Assert.Throws<InvalidOptionsException>(() => SweepOptions.Read(new EnvironmentReader(settings.GetValueOrDefault)));

        Assert.Equal(
            [
                "EXPORT_BUCKET is not set",
                "STATE_MACHINE_ARN is 'bridge' but must be the ARN of a state machine (arn:aws:states:<region>:<account>:stateMachine:<name>)",
                "SWEEP_LOOKBACK_DAYS is '61' but must be a whole number from 1 to 60",
            ],
            exception.Problems);
    }

    private static IEnumerable<string> Select(RequestContext context, params SnapshotDescription[] snapshots) =>
        SweepSelection.Newest(snapshots, context, Now.AddDays(-7)).Select(arn => arn.Id);

    private static SnapshotDescription Snapshot(string id, int hoursAgo, string database = "shop", string type = "snapshot") =>
        new($"arn:aws:rds:eu-central-1:123456789012:{type}:{id}", database, "mysql", "available", 100) { CreatedAt = Now.AddHours(-hoursAgo) };
}
