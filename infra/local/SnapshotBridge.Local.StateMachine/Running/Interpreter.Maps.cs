using System.Text;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Asl;

namespace SnapshotBridge.Local.StateMachine.Running;

/// <content>Flows inside a state: Map, inline and distributed, and Parallel.</content>
internal sealed partial class Interpreter
{
    /// <summary>What an inline Map runs at a time where MaxConcurrency says nothing.</summary>
    private const int InlineConcurrency = 40;

    /// <summary>What a Distributed Map runs at a time where MaxConcurrency says nothing.</summary>
    private const int DistributedConcurrency = 10_000;

    private const string ThresholdCause = "The specified tolerated failure threshold was exceeded";

    private async Task<JsonNode?> RunBranchesAsync(
        Scope scope, ParallelState parallel, JsonNode? input, JsonObject context, bool resumed, CancellationToken cancellationToken)
    {
        if (!resumed || scope.Children is null)
        {
            var branchInput = parallel.Parameters is null ? input : parallel.Parameters.Evaluate(new EvaluationScope(input, context));
            scope.Children = [.. parallel.Branches.Select(branch => new Scope(branch, JsonValues.Clone(branchInput), scope.MapContext))];
            Add(scope, "ParallelStateStarted");
        }

        foreach (var child in scope.Children)
        {
            child.LastEventId = scope.LastEventId;
        }

        try
        {
            await RunChildrenAsync(scope.Children, scope.Children.Length, (child, token) => RunFlowAsync(scope.Children[child], token), cancellationToken);
        }
        catch (StateErrorException)
        {
            Add(scope, "ParallelStateFailed");
            throw;
        }

        Add(scope, "ParallelStateSucceeded");
        return new JsonArray([.. scope.Children.Select(child => JsonValues.Clone(child.Output))]);
    }

    private async Task<JsonNode?> RunIterationsAsync(
        Scope scope, MapState map, JsonNode? input, JsonObject context, bool resumed, CancellationToken cancellationToken)
    {
        var evaluation = new EvaluationScope(input, context);
        if (!resumed || scope.Children is null)
        {
            var items = ItemsOf(map, evaluation);
            scope.Children = [.. items.Select((item, index) => new Scope(map.Processor, ItemInput(map, item, index, evaluation), MapItem(item, index)))];
            Add(scope, "MapStateStarted", "mapStateStartedEventDetails", new JsonObject { ["length"] = scope.Children.Length });
        }

        var concurrency = Concurrency(map, evaluation, InlineConcurrency);
        var children = scope.Children;
        var start = scope.LastEventId;
        try
        {
            await RunChildrenAsync(children, concurrency, async (index, token) =>
            {
                JsonObject Details() => new() { ["name"] = map.Name, ["index"] = index };
                children[index].LastEventId = start;
                Add(children[index], "MapIterationStarted", "mapIterationStartedEventDetails", Details());
                try
                {
                    await RunFlowAsync(children[index], token);
                    Add(children[index], "MapIterationSucceeded", "mapIterationSucceededEventDetails", Details());
                }
                catch (StateErrorException)
                {
                    Add(children[index], "MapIterationFailed", "mapIterationFailedEventDetails", Details());
                    throw;
                }
                catch (OperationCanceledException)
                {
                    execution.Add(children[index].LastEventId, Now, "MapIterationAborted", "mapIterationAbortedEventDetails", Details(), ends: true);
                    throw;
                }
            }, cancellationToken);
        }
        catch (StateErrorException)
        {
            Add(scope, "MapStateFailed");
            throw;
        }

        Add(scope, "MapStateSucceeded");
        return new JsonArray([.. children.Select(child => JsonValues.Clone(child.Output))]);
    }

    /// <summary>Runs what has not completed yet; the first failure cancels the rest and is thrown when all have ended.</summary>
    private static async Task RunChildrenAsync(Scope[] children, int concurrency, Func<int, CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        using var others = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        StateErrorException? first = null;
        var next = -1;
        async Task WorkAsync()
        {
            while (!others.IsCancellationRequested && Interlocked.Increment(ref next) is var index && index < children.Length)
            {
                if (children[index].Completed)
                {
                    continue;
                }

                try
                {
                    await run(index, others.Token);
                }
                catch (StateErrorException e)
                {
                    if (Interlocked.CompareExchange(ref first, e, null) is null)
                    {
                        await others.CancelAsync();
                    }
                }
                catch (OperationCanceledException) when (others.IsCancellationRequested)
                {
                    return;
                }
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Math.Min(concurrency, children.Length)).Select(_ => WorkAsync()));
        cancellationToken.ThrowIfCancellationRequested();
        if (first is not null)
        {
            throw first;
        }
    }

    private async Task<JsonNode?> RunMapRunAsync(
        Scope scope, MapState map, JsonNode? input, JsonObject context, bool resumed, CancellationToken cancellationToken)
    {
        var evaluation = new EvaluationScope(input, context);
        var run = resumed ? scope.MapRun : null;
        if (run is null)
        {
            run = await StartMapRunAsync(scope, map, evaluation, cancellationToken);
        }
        else
        {
            run.RedriveCount++;
            run.RedriveDate = Now;
            run.Status = ExecutionStatus.Running;
            run.StopDate = null;
            run.FirstFailure = null;
            run.MaxConcurrency = Concurrency(map, evaluation, DistributedConcurrency);
            Add(scope, "MapRunRedriven", "mapRunRedrivenEventDetails", new JsonObject { ["mapRunArn"] = run.Arn, ["redriveCount"] = run.RedriveCount });
        }

        options.Observer?.ChildrenPlanned(execution.Identity, map.Name, run.Inputs.Count);
        using var others = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var next = -1;
        async Task WorkAsync()
        {
            while (!others.IsCancellationRequested && Interlocked.Increment(ref next) is var index && index < run.Inputs.Count)
            {
                if (run.Child(index) is { Status: ExecutionStatus.Succeeded })
                {
                    continue;
                }

                await RunChildAsync(run, map, index, others);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Math.Min(run.MaxConcurrency, run.Inputs.Count)).Select(_ => WorkAsync()));
        run.StopDate = Now;
        if (cancellationToken.IsCancellationRequested)
        {
            run.Status = ExecutionStatus.Aborted;
            execution.Add(scope.LastEventId, Now, "MapRunAborted", ends: true);
            cancellationToken.ThrowIfCancellationRequested();
        }

        if (run.FirstFailure is not null)
        {
            throw FailedMapRun(scope, run, StatesErrors.ExceedToleratedFailureThreshold, ThresholdCause);
        }

        var result = new JsonArray([.. Enumerable.Range(0, run.Inputs.Count).Select(index => JsonValues.Clone(run.Child(index)!.Root.Output))]);
        try
        {
            LimitSize(result, map.Name);
        }
        catch (StateErrorException e)
        {
            throw FailedMapRun(scope, run, e.Error, e.Cause);
        }

        run.Status = ExecutionStatus.Succeeded;
        Add(scope, "MapRunSucceeded");
        Add(scope, "MapStateSucceeded");
        return result;
    }

    private async Task<MapRun> StartMapRunAsync(Scope scope, MapState map, EvaluationScope evaluation, CancellationToken cancellationToken)
    {
        var arn = $"{execution.Machine.Arn.Replace(":stateMachine:", ":mapRun:", StringComparison.Ordinal)}/{map.Label}:{Guid.NewGuid()}";
        var machineArn = $"{execution.Machine.Arn}/{map.Label}";
        Add(scope, "MapStateStarted", "mapStateStartedEventDetails", new JsonObject { ["length"] = 0 });
        Add(scope, "MapRunStarted", "mapRunStartedEventDetails", new JsonObject { ["mapRunArn"] = arn });
        MapRun NewRun(int concurrency, IReadOnlyList<JsonNode?> inputs)
        {
            var run = new MapRun(arn, machineArn, execution, map.Label, concurrency, inputs, Now);
            execution.Add(run);
            return run;
        }

        List<JsonNode?> inputs;
        int concurrency;
        try
        {
            concurrency = Concurrency(map, evaluation, DistributedConcurrency);
            var items = map.ItemReader is null ? ItemsOf(map, evaluation) : await ReadItemsAsync(map, evaluation, cancellationToken);
            inputs = [.. items.Select((item, index) => ItemInput(map, item, index, evaluation))];
            foreach (var item in inputs)
            {
                LimitSize(item, map.Name);
            }
        }
        catch (StateErrorException e)
        {
            throw FailedMapRun(scope, NewRun(0, []), e.Error, e.Cause);
        }

        // Kept for a redrive only once its items are known: a redrive after a failed read reads again.
        return scope.MapRun = NewRun(concurrency, inputs);
    }

    private StateErrorException FailedMapRun(Scope scope, MapRun run, string error, string? cause)
    {
        run.Status = ExecutionStatus.Failed;
        run.StopDate ??= Now;
        Add(scope, "MapRunFailed", "mapRunFailedEventDetails", Error(error, cause));
        Add(scope, "MapStateFailed");
        return new StateErrorException(error, cause);
    }

    private async Task RunChildAsync(MapRun run, MapState map, int index, CancellationTokenSource others)
    {
        var child = run.Child(index);
        if (child is null)
        {
            var name = Guid.NewGuid().ToString();
            var arn = $"{execution.Machine.Arn.Replace(":stateMachine:", ":execution:", StringComparison.Ordinal)}/{run.Label}:{name}";
            child = new Execution(arn, name, execution.Machine, run.MachineArn, map.Processor, run.Inputs[index], Now, run, index);
            StartHistory(child);
            run.Add(index, child);
        }
        else
        {
            if (child.NotRedrivableReason(Now) is not null)
            {
                // Its history is full: it stays failed, and with it the run.
                run.FirstFailure ??= child;
                await others.CancelAsync();
                return;
            }

            RedriveHistory(child);
        }

        options.Observer?.ExecutionStarted(child.Identity);
        await new Interpreter(options, callbacks, child, lifetime).RunAsync(others.Token);
        // A child that was aborted alone, not with its siblings, has not done its part either.
        if (child.Status is ExecutionStatus.Failed or ExecutionStatus.TimedOut
            || (child.Status == ExecutionStatus.Aborted && !others.IsCancellationRequested))
        {
            run.FirstFailure ??= child;
            await others.CancelAsync();
        }

        options.Observer?.ChildFinished(
            execution.Identity,
            new ChildNotice(child.Identity, index, run.Counts.Succeeded, run.Inputs.Count, child.Status, child.Failure()));
    }

    /// <summary>The event that every history starts with.</summary>
    internal void StartHistory(Execution started) =>
        started.Root.LastEventId = started.Add(0, Now, "ExecutionStarted", "executionStartedEventDetails", new JsonObject
        {
            ["input"] = started.InputText,
            ["inputDetails"] = NotTruncated(),
            ["roleArn"] = started.Machine.RoleArn,
        });

    internal void RedriveHistory(Execution redriven)
    {
        redriven.Reopen(Now);
        redriven.Root.LastEventId = redriven.Add(
            redriven.HistoryCount, Now, "ExecutionRedriven", "executionRedrivenEventDetails", new JsonObject { ["redriveCount"] = redriven.RedriveCount });
    }

    private async Task<JsonArray> ReadItemsAsync(MapState map, EvaluationScope evaluation, CancellationToken cancellationToken)
    {
        var parameters = map.ItemReader!.Evaluate(evaluation)!.AsObject();
        var (bucket, key) = (JsonValues.String(parameters["Bucket"]), JsonValues.String(parameters["Key"]));
        if (bucket is null || key is null)
        {
            throw new StateErrorException(StatesErrors.ItemReaderFailed, $"Bucket and Key must be strings, not {JsonValues.Text(parameters)}");
        }

        if (options.Objects is null)
        {
            throw new StateErrorException(StatesErrors.ItemReaderFailed, $"There is no reader for the object s3://{bucket}/{key}");
        }

        ReadOnlyMemory<byte> content;
        try
        {
            content = await options.Objects.ReadAsync(bucket, key, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new StateErrorException(StatesErrors.ItemReaderFailed, $"Reading s3://{bucket}/{key} failed: {e.Message}");
        }

        return ParseOr(Encoding.UTF8.GetString(content.Span), _ => null) as JsonArray
            ?? throw new StateErrorException(StatesErrors.ItemReaderFailed, $"Attempting to map over non-iterable node: s3://{bucket}/{key} is not a JSON array");
    }

    private static JsonArray ItemsOf(MapState map, EvaluationScope evaluation)
    {
        var items = map.ItemsPath is null ? evaluation.Input : new PathExpression(map.ItemsPath).Evaluate(evaluation, "ItemsPath");
        return items as JsonArray
            ?? throw new StateErrorException(StatesErrors.Runtime, $"Reference path \"{map.ItemsPath?.Text ?? "$"}\" must point to array.");
    }

    private static JsonNode? ItemInput(MapState map, JsonNode? item, int index, EvaluationScope evaluation)
    {
        if (map.ItemSelector is null)
        {
            return JsonValues.Clone(item);
        }

        var context = evaluation.Context.DeepClone().AsObject();
        context["Map"] = MapItem(item, index);
        return map.ItemSelector.Evaluate(evaluation with { Context = context });
    }

    private static JsonObject MapItem(JsonNode? item, int index) =>
        new() { ["Item"] = new JsonObject { ["Index"] = index, ["Value"] = JsonValues.Clone(item) } };

    private static int Concurrency(MapState map, EvaluationScope evaluation, int unlimited)
    {
        var asked = NumberOf(map.MaxConcurrency, evaluation) ?? 0;
        return asked == 0 ? unlimited : (int)Math.Min(asked, unlimited);
    }
}
