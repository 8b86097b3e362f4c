using SnapshotBridge.Local.Scenarios;

namespace SnapshotBridge.EndToEnd.Tests;

/// <summary>Every scenario ends as designed; byte equality and secrecy are checked after each.</summary>
public sealed class ScenarioTests
{
    /// <summary>How the scenarios end that do not end in success.</summary>
    private static readonly Dictionary<string, string> Failures = new()
    {
        ["export-fails"] = "ExportTaskFailedException",
        ["flipped-byte-source-always"] = "ObjectCorruptedException",
        ["flipped-byte-destination-always"] = "ObjectCorruptedException",
        ["table-fails-to-load"] = "TablesNotLoadedException",
        ["heatwave-down"] = "HeatWaveUnavailableException",
        ["value-altered"] = "TablesNotLoadedException",
        ["target-names"] = "RequestInvalidException",
        ["two-schemas-one-target"] = "TargetConflictException",
        ["cluster-too-small"] = "ClusterTooSmallException",
        ["server-clock-wrong"] = "HeatWaveClockSkewedException",
        ["no-heatwave"] = "HeatWaveNotAvailableException",
        ["no-lakehouse"] = "HeatWaveNotAvailableException",
        ["par-expired"] = "ParRejectedException",
        ["parts-disagree"] = "TablesNotLoadedException",
        ["par-lists-nothing-of-one-table"] = "TablesNotLoadedException",
        ["snapshot-creating"] = "SnapshotNotReadyException",
        ["wrong-oci-key"] = "OciAuthenticationFailedException",
        ["wrong-heatwave-password"] = "HeatWaveAccessDeniedException",
        ["missing-bucket"] = "OciBucketNotFoundException",
        ["missing-settings"] = "InvalidOptionsException",
        ["par-lists-nothing"] = "ParListingEmptyException",
        ["truncated-parquet"] = "ParquetFileInvalidException",
    };

    public static TheoryData<string> Names() => [.. ScenarioCatalogue.All.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Scenario_Played_EndsAsDesigned(string name)
    {
        var outcome = await LocalRuns.ScenarioAsync(name);

        Assert.Equal(Failures.GetValueOrDefault(name), outcome.Error);
        if (outcome.Succeeded)
        {
            Assert.StartsWith("RUN SUCCEEDED", outcome.LastLine, StringComparison.Ordinal);
            Assert.All(outcome.Report!.Tables, table => Assert.NotEqual(Reporting.TableStatus.Failed, table.Status));
        }
        else
        {
            Assert.StartsWith($"RUN FAILED error={Failures[name]} state=", outcome.LastLine, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", outcome.LastLine, StringComparison.Ordinal);
        }
    }
}
