using System.Diagnostics;
using System.Text.Json;
using SnapshotBridge.Copying;
using SnapshotBridge.Deployment.Tests.Kit;
using SnapshotBridge.Loading;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Deployment.Tests.Operations;

/// <summary>
/// What <c>run-export.sh watch</c> shows of each table, from documents that our own serializers wrote: the script reads them
/// without a JSON program, so their form is a promise. A program named <c>aws</c> stands in for the AWS CLI.
/// </summary>
public sealed class RunExportProgressTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("run-export-").FullName;

    [Fact]
    public async Task Watch_WhileCopying_ShowsTheTablesThatAreNotThereYet()
    {
        var text = await WatchAsync("CopyTables");

        Assert.Matches(@"(?m)^run-1: RUNNING, CopyTables$", text);
        Assert.Matches(@"(?m)^  export  task-1: COMPLETE 100 %$", text);
        Assert.Matches(@"(?m)^  copy    1 of 2 batches, 1 running, 0 failed$", text);
        Assert.Matches(@"(?m)^    world\.city +1 of 3 files$", text);
        Assert.DoesNotContain("world.country ", text, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^    2 of 3 tables copied$", text);
    }

    [Fact]
    public async Task Watch_WhileLoading_ShowsTheTablesThatAreLoadingOrFailed()
    {
        var text = await WatchAsync("WaitForLoad");

        Assert.Matches(@"(?m)^    world\.city +4079 rows  loading$", text);
        Assert.Matches(@"(?m)^    world\.country +239 rows  failed$", text);
        Assert.Matches(@"(?m)^    0 tables loaded, 1 empty, 1 failed, 1 to do$", text);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<string> WatchAsync(string state)
    {
        Assert.SkipUnless(ExternalTool.Exists("bash") && ExternalTool.Exists("awk"), "bash and awk are not on the PATH.");
        await WriteDocumentsAsync();
        var text = Path.Combine(_folder, "aws.sh");
        await File.WriteAllTextAsync(text, $$"""
            #!/usr/bin/env bash
            case "$*" in
              *describe-execution*status*) printf 'RUNNING\tNone\tNOT_REDRIVABLE\n' ;;
              *stateEnteredEventDetails*) echo {{state}} ;;
              *"=='StartExport'"*) echo '{"exportTaskId":"task-1","status":"COMPLETE"}' ;;
              *"=='PlanCopy'"*) echo '{"exportTaskId":"task-1","plan":{"batches":2,"bytes":9,"objects":4,"skipped":0,"tables":3} }' ;;
              *describe-export-tasks*) printf 'COMPLETE\t100\n' ;;
              *list-map-runs*) echo arn:aws:states:us-east-1:123456789012:mapRun:m/CopyTables:1 ;;
              *describe-map-run*) printf '1\t2\t1\t0\n' ;;
              *plan.json*) cp '{{_folder}}/plan.json' "${@: -1}" ;;
              *"s3 sync"*) mkdir -p "${@: -1}" && cp '{{_folder}}/copied.json' "${@: -1}" ;;
              *load.json*) cat '{{_folder}}/load.json' ;;
              *) echo "unexpected: $*" >&2; exit 1 ;;
            esac
            """, TestContext.Current.CancellationToken);
        // Written by another process: what this one has open for writing, a child that a test beside it starts has open for a
        // moment too, and until then nobody may run it ("text file busy").
        var installed = await ExternalTool.RunAsync("install", ["-m", "755", text, Path.Combine(_folder, "aws")], _folder, null, TestContext.Current.CancellationToken);
        Assert.True(installed.ExitCode == 0, installed.All);

        var start = new ProcessStartInfo(
            "bash",
            [Repository.Path("infra", "run-export.sh"), "watch", "run-1", "--once", "--state-machine-arn", "arn:aws:states:us-east-1:123456789012:stateMachine:m", "--bucket", "b"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{_folder}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{await output}\n{await error}");
        return await output;
    }

    private async Task WriteDocumentsAsync()
    {
        var plan = new CopyPlan
        {
            ExportTaskId = "task-1", SourceArn = "arn", Bucket = "b", SourcePrefix = "exports/task-1/", DestinationPrefix = "task-1/",
            Tables = [Table("city", 3), Table("country", 1), Table("none", 0)],
            Skipped = [new SkippedTable("world.bad", "a column's \"name\" {with} braces")], Batches = 2, Objects = 4, Bytes = 9, MaxConcurrency = 1,
        };
        var copied = new CopiedBatch { ExportTaskId = "task-1", Batch = 0, Objects = [Copied("a", 0), Copied("b", 1)] };
        var load = new LoadState
        {
            ExportTaskId = "task-1", RunId = "r", Attempt = 1, PassedGate = ["run-1"], ServerVersion = "9.4.1", Carrier = LoadCarrier.Event,
            Tables = [Load(0, "city", 4079, TablePhase.Queued), Load(1, "country", 239, TablePhase.Failed), Load(2, "none", 0, TablePhase.Empty)],
        };
        var token = TestContext.Current.CancellationToken;
        await File.WriteAllBytesAsync(Path.Combine(_folder, "plan.json"), JsonSerializer.SerializeToUtf8Bytes(plan, PlanningJson.Default.CopyPlan), token);
        await File.WriteAllBytesAsync(Path.Combine(_folder, "copied.json"), JsonSerializer.SerializeToUtf8Bytes(copied, CopyingJson.Default.CopiedBatch), token);
        await File.WriteAllBytesAsync(Path.Combine(_folder, "load.json"), JsonSerializer.SerializeToUtf8Bytes(load, LoadingJson.Default.LoadState), token);
    }

    private static PlannedTable Table(string name, int objects) => new()
    {
        Database = "world", Schema = "world", Table = name, SourcePrefix = $"exports/task-1/world/world.{name}/", DestinationPrefix = $"task-1/world/world.{name}/",
        Objects = objects, Bytes = objects, Columns = [new SourceColumn("id", "int", "int32"), new SourceColumn("table", "varchar", "binary (UTF8)")],
    };

    private static CopiedObject Copied(string key, int table) => new()
    {
        Key = key, DestinationName = key, Table = table, SizeBytes = 1, Evidence = CopyEvidence.EndToEnd, Crc32C = "AAAAAA==", Crc64Nvme = "AAAAAAAAAAA=",
        SourceETag = "\"e\"", DestinationETag = "e", Rows = 1, Columns = ["id INT32", "key INT64", "table BYTE_ARRAY (UTF8)"],
    };

    private static TableLoad Load(int table, string name, long rows, TablePhase phase) => new()
    {
        Table = table, TargetSchema = "world", TargetTable = name, Rows = rows, Columns = ["id INT32", "table BYTE_ARRAY (UTF8)"], Phase = phase,
    };
}
