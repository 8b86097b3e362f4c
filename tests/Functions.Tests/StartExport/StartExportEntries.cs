using System.Text.Json;
using Amazon.RDS;
using SnapshotBridge.Errors;
using SnapshotBridge.Exports;
using SnapshotBridge.Functions.Tests.Exports;
using SnapshotBridge.Requests;
using SnapshotBridge.StartExport;
using Xunit;

namespace SnapshotBridge.Functions.Tests.StartExport;

/// <summary>Entries into the state, each with a task token of its own.</summary>
public abstract class StartExportEntries
{
    private protected const string Secret = "AQCEAAAAKgAAAAMAAAAAAAAAAe-the-token-";

    private int _entries;

    private protected static string Manual(ExportRig rig, string more = "") => $$"""{"snapshotArn":"{{rig.SnapshotArn}}"{{more}}}""";

    private protected static Function Create(ExportRig rig, IAmazonRDS? rds = null) => new(rig.Options, rig.S3(), rds ?? rig.Rds(), rig.StepFunctions(), rig.Time);

    /// <summary>One entry into the state with a token of its own; no token may be in what is logged or returned.</summary>
    private protected async Task<JsonElement> EnterAsync(ExportRig rig, string request, string execution = "run-1", IAmazonRDS? rds = null)
    {
        var payload = $$"""
            {"request":{{request}},"executionName":"{{execution}}","executionStartTime":"{{DateTimeOffset.UtcNow:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}}","taskToken":"{{Secret}}{{++_entries}}"}
            """;
        try
        {
            var output = await LambdaCall.InvokeAsync<Input, ExportOutcome>(Create(rig, rds).HandleAsync, payload, rig.Context);
            Assert.DoesNotContain(Secret, output.GetRawText(), StringComparison.Ordinal);
            return output;
        }
        catch (BridgeException exception)
        {
            Assert.DoesNotContain(Secret, exception.ToString(), StringComparison.Ordinal);
            throw;
        }
        finally
        {
            Assert.DoesNotContain(Secret, rig.Context.Text, StringComparison.Ordinal);
        }
    }

    private protected static Task<string> FirstIdAsync(ExportRig rig)
    {
        var arn = SnapshotBridge.Requests.SnapshotArn.Parse(rig.SnapshotArn, "snapshotArn", new List<string>())!;
        return Task.FromResult(ExportTaskIds.First(arn, ExportScope.Everything, null));
    }
}
