using SnapshotBridge.CopyTable;
using Xunit;

namespace SnapshotBridge.Functions.Tests.CopyTable;

/// <summary>A sandbox whose clock is off copies all the same, by the clocks of both services, and says so.</summary>
public sealed class ClockTests
{
    [Theory]
    [InlineData(20)]
    [InlineData(-20)]
    public async Task HandleAsync_ClockIsOff_CopiesByTheServicesTimeAndTellsOfIt(int minutes)
    {
        await using var run = await CopyRun.StartAsync();
        await run.AddAsync("a.parquet", 50_000);
        await run.AddAsync("b.parquet", (3 << 20) + 5);
        await run.PlanAsync();
        var options = new CopyTableOptions
        {
            ExportBucket = CopyRun.SourceBucket,
            OciRegion = "us-ashburn-1",
            OciBucket = CopyRun.DestinationBucket,
            OciSecretId = "oci-key",
            OciEndpoint = run.Oci.Endpoint,
            Limits = run.Limits,
        };
        using var function = new SnapshotBridge.CopyTable.Function(options, run.S3Client, run.SecretsClient, new ShiftedTime(TimeSpan.FromMinutes(minutes)));

        Assert.True((await run.InvokeAsync(function)).Done);

        Assert.Contains($"{(minutes > 0 ? "ahead of" : "behind")} the service's, whose time counts from now on", run.LogText, StringComparison.Ordinal);
        Assert.Single(run.Oci.Store.Requests, request => request.Status == 401);
        await run.AssertCopiedAsync();
    }

    private sealed class ShiftedTime(TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + shift;
    }
}
