using System.Text.Json;
using System.Text.Json.Nodes;
using SnapshotBridge.Announcing;
using SnapshotBridge.Local.Cloud;
using SnapshotBridge.Local.Console;
using SnapshotBridge.Local.StateMachine.Running;
using SnapshotBridge.Reporting;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Local.Running;

/// <summary>What a scenario works with: the local cloud, the person watching, and executions to start, await and redrive.</summary>
public sealed class RunSession(RunOptions options, LocalCloud cloud, IRunView view, ExecutionWatch watch, string logFolder)
{
    /// <summary>The file in a run's folder with every metric that its functions wrote, one embedded-metric-format document a line.</summary>
    public const string MetricsFile = "metrics.jsonl";

    /// <summary>The file in a run's folder with the event that told of its end.</summary>
    public const string CompletionFile = "completion-event.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public LocalCloud Cloud { get; } = cloud;

    /// <summary>What the executions have gone through so far.</summary>
    public ExecutionWatch Watch { get; } = watch;

    /// <summary>Starts an execution as the options say and waits for its end.</summary>
    public async Task<RunOutcome> RunAsync(CancellationToken cancellationToken) =>
        await EndOfAsync(await StartAsync(cancellationToken), cancellationToken);

    /// <summary>Starts an execution with a request of the scenario's own and waits for its end.</summary>
    /// <param name="fields">What the request asks for beside the local snapshot, as JSON: <c>{"verify":"statistics"}</c>.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<RunOutcome> RunAsync(string fields, CancellationToken cancellationToken)
    {
        var request = JsonNode.Parse(fields)!.AsObject();
        request["snapshotArn"] = Cloud.SnapshotArn;
        return await EndOfAsync(Start(request.ToJsonString()), cancellationToken);
    }

    /// <summary>Starts an execution with this very request and waits for its end.</summary>
    public async Task<RunOutcome> RunAsync(JsonObject request, CancellationToken cancellationToken) =>
        await EndOfAsync(Start(request.ToJsonString()), cancellationToken);

    /// <summary>Starts an execution as the options say.</summary>
    /// <returns>The execution's ARN.</returns>
    public async Task<string> StartAsync(CancellationToken cancellationToken)
    {
        if (options.Trigger == RunTrigger.Manual)
        {
            return Start(options.Request ?? new JsonObject { ["snapshotArn"] = Cloud.SnapshotArn }.ToJsonString());
        }

        var before = Cloud.StartedByEvent.Count;
        await Cloud.AnnounceSnapshotAsync(cancellationToken);
        return Cloud.StartedByEvent.Skip(before).FirstOrDefault()
            ?? throw new LocalRunException("NoExecution", "trigger", "RDS announced the snapshot, but the template's rule did not start an execution: its pattern does not match the event.");
    }

    /// <summary>Starts an execution by hand.</summary>
    /// <returns>The execution's ARN.</returns>
    public string Start(string input)
    {
        var name = $"local-{DateTimeOffset.UtcNow:yyyyMMdd-HHmmss}-{Guid.NewGuid().ToString("N")[..6]}";
        try
        {
            return Cloud.States.StartExecution(Cloud.StateMachineArn, name, input).ExecutionArn;
        }
        catch (StatesServiceException refusal)
        {
            throw new LocalRunException(refusal.Code, "StartExecution", $"{refusal.Message} (--request '{input}')", refusal);
        }
    }

    /// <summary>Redrives a failed execution and waits for its end.</summary>
    public async Task<RunOutcome> RedriveAsync(RunOutcome failed, CancellationToken cancellationToken)
    {
        var arn = Cloud.States.ListExecutions(Cloud.StateMachineArn, null, null, null, null).Executions.Single(execution => execution.Name == failed.Execution).ExecutionArn;
        view.Line($"redriving {failed.Execution} from {failed.State}");
        Cloud.States.RedriveExecution(arn);
        return await EndOfAsync(arn, cancellationToken);
    }

    /// <summary>Waits for an execution's end, then keeps its report, histories and logs.</summary>
    public async Task<RunOutcome> EndOfAsync(string executionArn, CancellationToken cancellationToken)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var progress = ShowProgressAsync(done.Token);
        ExecutionDescription end;
        try
        {
            end = await Cloud.States.WaitForEndAsync(executionArn, cancellationToken);
        }
        finally
        {
            await done.CancelAsync();
            await progress;
        }

        return await KeepAsync(end, cancellationToken);
    }

    /// <summary>States something that must be so for the scenario to have ended as designed.</summary>
    /// <exception cref="LocalRunException">It is not so.</exception>
    public void Expect(bool isSo, string statement, string instead = "it is not")
    {
        if (!isSo)
        {
            throw new LocalRunException("NotAsDesigned", "scenario", $"It should be that {statement}, but {instead}.");
        }

        view.Line($"as designed: {statement}");
    }

    private async Task<RunOutcome> KeepAsync(ExecutionDescription end, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(options.OutputFolder, end.Name)).FullName;
        var report = await KeepReportAsync(end, folder, cancellationToken);
        await KeepHistoryAsync(end.ExecutionArn, Path.Combine(folder, "history.json"), cancellationToken);
        foreach (var map in Cloud.States.ListMapRuns(end.ExecutionArn))
        {
            foreach (var child in Cloud.States.ListExecutions(null, map.MapRunArn, null, null, null).Executions)
            {
                await KeepHistoryAsync(child.ExecutionArn, Path.Combine(folder, $"history-{child.ItemIndex:D4}.json"), cancellationToken);
            }
        }

        KeepLogs(Path.Combine(folder, "logs"));
        await KeepMetricsAsync(Path.Combine(folder, MetricsFile), cancellationToken);
        var failure = end.Failure;
        return new RunOutcome(
            end.Name,
            end.Status == ExecutionStatus.Succeeded,
            failure?.Error ?? end.Error,
            failure?.State,
            OneLine(failure?.Message ?? end.Cause),
            report,
            end.Output,
            folder)
        {
            Announced = await KeepCompletionAsync(end, folder, cancellationToken),
        };
    }

    /// <summary>The event as a consumer got it, and in one line what it says.</summary>
    private async Task<RunCompletion?> KeepCompletionAsync(ExecutionDescription end, string folder, CancellationToken cancellationToken)
    {
        if (Cloud.Completions.LastOrDefault(told => (string?)told["detail"]!["executionName"] == end.Name) is not { } completed)
        {
            return null;
        }

        await File.WriteAllTextAsync(Path.Combine(folder, CompletionFile), completed.ToJsonString(Indented), cancellationToken);
        var completion = completed["detail"].Deserialize(AnnouncingJson.Default.RunCompletion)!;
        view.Line($"event '{RunCompletion.DetailType}': {(string?)completed["detail"]!["verdict"]}, report s3://{completion.ReportBucket}/{completion.ReportKey}");
        return completion;
    }

    private async Task<RunReport?> KeepReportAsync(ExecutionDescription end, string folder, CancellationToken cancellationToken)
    {
        RunReport? report = null;
        foreach (var (name, key) in new[] { ("report.json", nameof(BridgeLayout.Report)), ("report.html", nameof(BridgeLayout.ReportPage)) })
        {
            var suffix = $"/reports/{end.Name}/{name}";
            if (Cloud.Aws.S3Store.List(LocalCloud.ExportBucket, "bridge/").FirstOrDefault(candidate => candidate.Key.EndsWith(suffix, StringComparison.Ordinal)) is not { } stored)
            {
                continue;
            }

            var bytes = await Cloud.Aws.S3Store.ReadAsync(LocalCloud.ExportBucket, stored.Key, cancellationToken);
            await File.WriteAllBytesAsync(Path.Combine(folder, name), bytes, cancellationToken);
            if (key == nameof(BridgeLayout.Report))
            {
                report = JsonSerializer.Deserialize(bytes, ReportingJson.Default.RunReport);
            }
        }

        return report;
    }

    private async Task KeepHistoryAsync(string executionArn, string path, CancellationToken cancellationToken)
    {
        await using var file = File.Create(path);
        await Cloud.States.WriteHistoryAsync(executionArn, file, cancellationToken);
    }

    private void KeepLogs(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(logFolder))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }
    }

    // CloudWatch takes these lines out of the functions' logs; here they are kept for whoever wants to look at them.
    private async Task KeepMetricsAsync(string path, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        foreach (var log in Directory.EnumerateFiles(logFolder).Order(StringComparer.Ordinal))
        {
            // The sandboxes still write, and Windows would lock them out.
            await using var stream = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream);
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                if (line.StartsWith("{\"_aws\":", StringComparison.Ordinal))
                {
                    lines.Add(line);
                }
            }
        }

        await File.WriteAllLinesAsync(path, lines, cancellationToken);
    }

    private async Task ShowProgressAsync(CancellationToken cancellationToken)
    {
        var progress = new ProgressLine(Cloud, Watch);
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
                view.Status(await progress.ReadAsync(cancellationToken));
            }
        }
        catch (OperationCanceledException)
        {
            // The execution has ended.
        }
    }

    private static string OneLine(string? text) => string.Join(' ', (text ?? "").Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
