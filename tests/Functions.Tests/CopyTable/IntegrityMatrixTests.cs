using SnapshotBridge.IntegrityMatrix;
using Xunit;

namespace SnapshotBridge.Functions.Tests.CopyTable;

/// <summary>The rows of <c>bench.sh integrity</c> for our copy, with small objects.</summary>
public sealed class IntegrityMatrixTests
{
    private static readonly MatrixSize Small = new(1 << 20);

    public static TheoryData<string> Rows => [.. IntegrityRows.All.Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Copy_Fault_IsRepairedOrReportedAndNothingWrongIsLeft(string name)
    {
        var row = IntegrityRows.All.Single(row => row.Name == name);

        var result = await FunctionCopy.RunAsync(row, Small, partsBeforeKill: null, TestContext.Current.CancellationToken);

        Assert.True(result.FaultsApplied, $"Not everything that was to go wrong did: {result}");
        Assert.Equal((row.Expected, name), (result.Outcome, name));
        Assert.Equal(0, result.OpenUploads);
        Assert.True(result.SentAgainBytes <= result.InFlightBytes || !row.IsKilled, $"{result.SentAgainBytes} bytes were sent again, {result.InFlightBytes} were in flight.");
        if (name == IntegrityRows.WithoutChecksum)
        {
            // Nothing at the source says what the bytes were: the manifest must not claim otherwise.
            Assert.StartsWith("evidence Destination: ", result.Detail, StringComparison.Ordinal);
            Assert.EndsWith("two readings of it agreed", result.Detail, StringComparison.Ordinal);
        }
        else if (result.Outcome == RowOutcome.Repaired)
        {
            Assert.Equal("evidence EndToEnd", result.Detail);
        }
        else
        {
            Assert.Null(result.IsRight);
            Assert.Equal(nameof(Copying.SourceObjectChangedException), result.Detail);
        }
    }
}
