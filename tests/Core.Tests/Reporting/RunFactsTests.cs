using SnapshotBridge.Copying;
using SnapshotBridge.Core.Tests.Loading;
using SnapshotBridge.Exports;
using SnapshotBridge.Loading;
using SnapshotBridge.Reporting;
using SnapshotBridge.Requests;
using SnapshotBridge.Storage;
using Xunit;

namespace SnapshotBridge.Core.Tests.Reporting;

public sealed class RunFactsTests
{
    private static readonly DateTimeOffset Start = ReportSamples.Start;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_BatchesOfThisRunAndOfEarlierOnes_AreToldApart()
    {
        var documents = new MemoryDocuments();
        await WriteAsync(documents, 0, Work(-60, -30, 1_000));
        await WriteAsync(documents, 1, Work(5, 65, 2_000));
        await WriteAsync(documents, 2, Work(2, 10, 4_000));
        await WriteAsync(documents, 3, null);

        var facts = await ReadAsync(documents, batches: 4);

        Assert.Equal((2, 2), (facts.CopiedBatches, facts.EarlierBatches));
        Assert.Equal((Start.AddSeconds(2), Start.AddSeconds(65)), (facts.Copy!.StartedAt, facts.Copy.EndedAt));
        Assert.Equal((6_000, 68.0, 2), (facts.Copy.SentBytes, facts.Copy.Seconds, facts.Copy.Invocations));
    }

    [Fact]
    public async Task Read_ExportAndRequest_AreThere()
    {
        var documents = new MemoryDocuments();
        await documents.WriteAsync(
            BridgeLayout.EndedExport("task"),
            new EndedExport { ExportTaskId = "task", SourceArn = "arn", Status = "COMPLETE", StartedAt = Start, EndedAt = Start.AddMinutes(1), ExtractedGigabytes = 3 },
            ExportsJson.Default.EndedExport,
            Cancellation);

        var facts = await ReadAsync(documents, batches: 0, request => request with { Verify = VerifyMode.Statistics });

        Assert.Equal((Start, 3.0), (facts.Export!.StartedAt, facts.Export.ExtractedGigabytes));
        Assert.Equal(VerifyMode.Statistics, facts.Choices.Verify);
        Assert.Null(facts.Copy);
    }

    [Fact]
    public async Task Read_NothingButThePlan_IsNoError()
    {
        var facts = await ReadAsync(new MemoryDocuments(), batches: 2);

        Assert.Equal((null, null, 0, 2), (facts.Export, facts.Copy, facts.CopiedBatches, facts.EarlierBatches));
    }

    private static CopyWork Work(int from, int to, long bytes) => new()
    {
        StartedAt = Start.AddSeconds(from),
        EndedAt = Start.AddSeconds(to),
        Invocations = 1,
        Seconds = to - from,
        GibibyteSeconds = to - from,
        SentBytes = bytes,
        SentObjects = 1,
        SentParts = 2,
    };

    private static Task WriteAsync(MemoryDocuments documents, int batch, CopyWork? work) => documents.WriteAsync(
        BridgeLayout.Copied("task", batch),
        new CopiedBatch { ExportTaskId = "task", Batch = batch, Objects = [LoadSamples.Copied(0, "run1/a.parquet", 1, 1)], Work = work },
        CopyingJson.Default.CopiedBatch,
        Cancellation);

    private static Task<RunFacts> ReadAsync(MemoryDocuments documents, int batches, Func<BridgeRequest, BridgeRequest>? change = null) => RunFacts.ReadAsync(
        documents,
        LoadSamples.PlanOf([LoadSamples.Table("world", "country", 1, 1)]) with { Batches = batches },
        ReportSamples.Input with { Request = change?.Invoke(ReportSamples.Input.Request) ?? ReportSamples.Input.Request },
        new LoadSettings(),
        Cancellation);
}
