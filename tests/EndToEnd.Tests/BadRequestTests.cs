namespace SnapshotBridge.EndToEnd.Tests;

/// <summary>What people can get wrong in a request: the last line names the value and the remedy.</summary>
public sealed class BadRequestTests
{
    private const string Account = "arn:aws:rds:us-east-1:123456789012";
    private const string Snapshot = Account + ":cluster-snapshot:rds:local-aurora-2026-01-31-03-10";

    [Theory]
    [InlineData("""{"snapshotARN":"x"}""", "RequestInvalidException", "snapshotARN")]
    [InlineData($$"""{"snapshotArn":"{{Snapshot}}","exportonly":["world"]}""", "RequestInvalidException", "exportonly")]
    [InlineData("""{"snapshotArn":"arn:aws:rds:us-east-1:cluster-snapshot:x"}""", "RequestInvalidException", "arn:aws:rds:us-east-1:cluster-snapshot:x")]
    [InlineData("""{"snapshotArn":"arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:x"}""", "RequestInvalidException", "eu-west-1")]
    [InlineData("""{"snapshotArn":"arn:aws:dynamodb:us-east-1:123456789012:table/x"}""", "RequestInvalidException", "dynamodb")]
    [InlineData($$"""{"snapshotArn":"{{Snapshot}}","exportOnly":["a.b.c.d"]}""", "RequestInvalidException", "a.b.c.d")]
    [InlineData($$"""{"snapshotArn":"{{Account}}:cluster-snapshot:no-such"}""", "SnapshotNotFoundException", "no-such")]
    public async Task Run_BadRequest_FailsInStartExportNamingTheValue(string request, string error, string named)
    {
        var outcome = await LocalRuns.RunAsync(
            options => options with { Request = request, SizeMb = 1 },
            (cloud, _) =>
            {
                Assert.Empty(cloud.Aws.RdsStore.ExportTasks);
                return Task.CompletedTask;
            });

        Assert.StartsWith($"RUN FAILED error={error} state=StartExport cause=", outcome.LastLine, StringComparison.Ordinal);
        Assert.Contains(named, outcome.Cause, StringComparison.Ordinal);
    }
}
