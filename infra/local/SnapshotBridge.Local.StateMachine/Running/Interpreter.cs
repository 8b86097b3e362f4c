using System.Text.Json;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Asl;

namespace SnapshotBridge.Local.StateMachine.Running;

/// <summary>Executes one execution's flow: states, errors, data, history. What a state does is in the other parts of this class.</summary>
internal sealed partial class Interpreter(StateMachineServiceOptions options, CallbackTasks callbacks, Execution execution, CancellationToken lifetime)
{
    private DateTimeOffset Now => options.TimeProvider.GetUtcNow();

    /// <summary>Runs or, after a redrive, continues the execution to its end, whatever that is. Never throws.</summary>
    /// <param name="cancellationToken">Aborts it, as <see cref="Execution.Stop"/> does.</param>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, execution.Stop.Token, lifetime);
        var timedOut = false;
        await using var limit = execution.MapRun is null && execution.Machine.Definition.TimeoutSeconds is { } seconds
            ? options.TimeProvider.CreateTimer(_ => { timedOut = true; stop.Cancel(); }, null, TimeSpan.FromSeconds(Math.Min(seconds, 4_000_000)), Timeout.InfiniteTimeSpan)
            : null;
        try
        {
            var output = await RunFlowAsync(execution.Root, stop.Token);
            var text = JsonValues.Text(output);
            execution.Add(execution.Root.LastEventId, Now, "ExecutionSucceeded", "executionSucceededEventDetails", Output(text), ends: true);
            End(ExecutionStatus.Succeeded, text, null, null);
        }
        catch (StateErrorException e)
        {
            Fail(e.Error, e.Cause);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            if (timedOut)
            {
                execution.Add(execution.Root.LastEventId, Now, "ExecutionTimedOut", "executionTimedOutEventDetails", Error(StatesErrors.Timeout, null), ends: true);
                End(ExecutionStatus.TimedOut, null, StatesErrors.Timeout, null);
            }
            else
            {
                execution.Add(execution.Root.LastEventId, Now, "ExecutionAborted", "executionAbortedEventDetails", Error(execution.StopError, execution.StopCause), ends: true);
                End(ExecutionStatus.Aborted, null, execution.StopError, execution.StopCause);
            }
        }
        catch (Exception e)
        {
            // A defect of the interpreter or of what it calls must end the execution visibly, not leave it running for ever.
            Fail(StatesErrors.Runtime, $"The interpreter failed: {e}");
        }
    }

    private void Fail(string error, string? cause)
    {
        var name = error.Length == 0 ? null : error;
        execution.Add(execution.Root.LastEventId, Now, "ExecutionFailed", "executionFailedEventDetails", Error(name, cause), ends: true);
        End(ExecutionStatus.Failed, null, name, cause);
    }

    private void End(ExecutionStatus status, string? output, string? error, string? cause)
    {
        var at = Now;
        execution.End(status, at, output, error, cause);
        options.Observer?.ExecutionEnded(execution.Describe(at));
    }

    private async Task<JsonNode?> RunFlowAsync(Scope scope, CancellationToken cancellationToken)
    {
        var resumed = scope.Started;
        scope.Started = true;
        while (true)
        {
            // Loops of Choice and Pass never wait: without this an abort could not reach them.
            cancellationToken.ThrowIfCancellationRequested();
            var state = scope.Flow.States[scope.StateName];
            var (next, output) = await RunStateAsync(scope, state, resumed, cancellationToken);
            resumed = false;
            scope.Children = null;
            scope.MapRun = null;
            if (next is null)
            {
                scope.Completed = true;
                scope.Output = output;
                return output;
            }

            scope.StateName = next;
            scope.Input = output;
        }
    }

    private async Task<(string? Next, JsonNode? Output)> RunStateAsync(Scope scope, State state, bool resumed, CancellationToken cancellationToken)
    {
        var worksOn = state is WorkState or WaitState;
        if (!resumed || !worksOn || scope.EnteredEventId == 0)
        {
            scope.EnteredTime = Now;
            scope.EnteredEventId = Add(scope, $"{state.Type}StateEntered", "stateEnteredEventDetails", new JsonObject
            {
                ["name"] = state.Name,
                ["input"] = JsonValues.Text(scope.Input),
                ["inputDetails"] = NotTruncated(),
            });
        }

        options.Observer?.StateEntered(execution.Identity, state.Name, state.Type);
        (string? Next, JsonNode? Output) result;
        try
        {
            result = await WithRetryAndCatchAsync(scope, state, resumed, cancellationToken);
        }
        catch (StateErrorException e)
        {
            execution.FailedState ??= state.Name;
            throw e.Error == StatesErrors.Runtime && !e.OfTheExecution ? Located(e, scope, state) : e;
        }
        catch (OperationCanceledException) when (worksOn)
        {
            execution.Add(scope.LastEventId, Now, $"{state.Type}StateAborted", ends: true);
            throw;
        }

        scope.LastEventId = Add(scope, $"{state.Type}StateExited", "stateExitedEventDetails", new JsonObject
        {
            ["name"] = state.Name,
            ["output"] = JsonValues.Text(result.Output),
            ["outputDetails"] = NotTruncated(),
        });
        options.Observer?.StateExited(execution.Identity, state.Name, state.Type);
        return result;
    }

    /// <summary>Runs attempts of the state until one succeeds, no retrier takes its error, and then asks the catchers.</summary>
    private async Task<(string? Next, JsonNode? Output)> WithRetryAndCatchAsync(Scope scope, State state, bool resumed, CancellationToken cancellationToken)
    {
        var work = state as WorkState;
        var granted = new Dictionary<Retrier, int>(ReferenceEqualityComparer.Instance);
        for (var retries = 0; ; retries++)
        {
            try
            {
                var context = Context(scope, state, retries);
                var (next, output) = await ExecuteAsync(scope, state, context, resumed && retries == 0, cancellationToken);
                LimitSize(output, state.Name);
                return (next, output);
            }
            catch (StateErrorException e) when (work is not null)
            {
                if (work.Retry.FirstOrDefault(retrier => e.IsMatchedBy(retrier.ErrorEquals)) is { } retrier
                    && granted.GetValueOrDefault(retrier) is var earlier && earlier < retrier.MaxAttempts)
                {
                    granted[retrier] = earlier + 1;
                    var delay = TimeSpan.FromSeconds(retrier.DelaySeconds(earlier, options.Random()));
                    var shortened = delay / options.WaitFactor;
                    execution.FailedState = null;
                    options.Observer?.RetryScheduled(execution.Identity, new RetryNotice(state.Name, e.Error, e.Cause, earlier + 1, retrier.MaxAttempts, delay, shortened));
                    await DelayAsync(shortened, cancellationToken);
                    scope.Children = null;
                    scope.MapRun = null;
                    continue;
                }

                if (work.Catch.FirstOrDefault(catcher => e.IsMatchedBy(catcher.ErrorEquals)) is { } taker)
                {
                    execution.FailedState = null;
                    var error = new JsonObject { ["Error"] = e.Error, ["Cause"] = e.Cause ?? "" };
                    var context = Context(scope, state, retries);
                    var output = OutputOf(state, Placed(taker.ResultPath, scope.Input, error), context);
                    LimitSize(output, state.Name);
                    return (taker.Next, output);
                }

                throw;
            }
        }
    }

    private async Task<(string? Next, JsonNode? Output)> ExecuteAsync(
        Scope scope, State state, JsonObject context, bool resumed, CancellationToken cancellationToken)
    {
        var input = InputOf(state, scope.Input, context);
        switch (state)
        {
            case TaskState task:
                return (task.Next, Finish(task, scope.Input, await InvokeAsync(scope, task, input, context, cancellationToken), context));

            case MapState { IsDistributed: true } map:
                return (map.Next, Finish(map, scope.Input, await RunMapRunAsync(scope, map, input, context, resumed, cancellationToken), context));

            case MapState map:
                return (map.Next, Finish(map, scope.Input, await RunIterationsAsync(scope, map, input, context, resumed, cancellationToken), context));

            case ParallelState parallel:
                return (parallel.Next, Finish(parallel, scope.Input, await RunBranchesAsync(scope, parallel, input, context, resumed, cancellationToken), context));

            case PassState pass:
                var result = pass.HasResult
                    ? JsonValues.Clone(pass.Result)
                    : pass.Parameters is null ? input : pass.Parameters.Evaluate(new EvaluationScope(input, context));
                return (pass.Next, OutputOf(pass, Placed(pass.ResultPath, scope.Input, result), context));

            case WaitState wait:
                await WaitAsync(wait, new EvaluationScope(input, context), cancellationToken);
                return (wait.Next, OutputOf(wait, input, context));

            case ChoiceState choice:
                var evaluation = new EvaluationScope(input, context);
                foreach (var (rule, next) in choice.Choices)
                {
                    if (rule.Matches(evaluation))
                    {
                        return (next, OutputOf(choice, input, context));
                    }
                }

                return choice.Default is { } otherwise
                    ? (otherwise, OutputOf(choice, input, context))
                    : throw new StateErrorException(StatesErrors.NoChoiceMatched, $"No choice of the state '{choice.Name}' matched and it has no Default");

            case SucceedState:
                return (null, OutputOf(state, input, context));

            case FailState fail:
                var failScope = new EvaluationScope(input, context);
                throw new StateErrorException(
                    fail.Error ?? TextOf(fail.ErrorPath, failScope, "ErrorPath") ?? "",
                    fail.Cause ?? TextOf(fail.CausePath, failScope, "CausePath"));

            default:
                throw new InvalidOperationException($"No execution is written for a {state.Type} state.");
        }
    }

    private async Task WaitAsync(WaitState wait, EvaluationScope scope, CancellationToken cancellationToken)
    {
        var until = wait.Timestamp;
        if (wait.TimestampPath is { } path)
        {
            var value = new PathExpression(path).Evaluate(scope, "TimestampPath");
            until = JsonValues.TryTimestamp(value, out var timestamp)
                ? timestamp
                : throw new StateErrorException(StatesErrors.Runtime, $"The TimestampPath parameter does not reference a valid timestamp: {path.Text} == {JsonValues.Text(value)}");
        }

        var delay = until is { } moment
            ? moment - Now
            : TimeSpan.FromSeconds(NumberOf(wait.Seconds, scope) ?? 0);
        if (delay > TimeSpan.Zero)
        {
            await DelayAsync(delay / options.WaitFactor, cancellationToken);
        }
    }

    private async Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        // A single timer reaches about 49 days.
        var longest = TimeSpan.FromDays(40);
        for (; delay > longest; delay -= longest)
        {
            await Task.Delay(longest, options.TimeProvider, cancellationToken);
        }

        await Task.Delay(delay, options.TimeProvider, cancellationToken);
    }

    private static string? TextOf(Expression? expression, EvaluationScope scope, string field)
    {
        if (expression is null)
        {
            return null;
        }

        var value = expression.Evaluate(scope, field);
        return JsonValues.String(value)
            ?? throw new StateErrorException(StatesErrors.Runtime, $"The {field} '{expression.Text}' must name a string, not {JsonValues.Text(value)}");
    }

    private static long? NumberOf(NumberSource? source, EvaluationScope scope)
    {
        if (source?.Path is not { } path)
        {
            return source?.Value;
        }

        var value = new PathExpression(path).Evaluate(scope, source.Field);
        return JsonValues.TryInteger(value, out var number) && number >= 0
            ? number
            : throw new StateErrorException(StatesErrors.Runtime, $"The {source.Field} parameter does not reference a valid whole number: {path.Text} == {JsonValues.Text(value)}");
    }

    private static JsonNode? InputOf(State state, JsonNode? input, JsonObject context) => Filtered(state.InputPath, input, context, "InputPath");

    private static JsonNode? OutputOf(State state, JsonNode? output, JsonObject context) => Filtered(state.OutputPath, output, context, "OutputPath");

    private static JsonNode? Filtered(DataPath path, JsonNode? value, JsonObject context, string field)
    {
        if (path.Path is null)
        {
            return new JsonObject();
        }

        return path.Path.TryEvaluate(path.Path.OfContext ? context : value, out var found)
            ? JsonValues.Clone(found)
            : throw new StateErrorException(StatesErrors.Runtime, $"Invalid path '{path.Path.Text}' of the field {field}: it names nothing");
    }

    private static JsonNode? Finish(WorkState state, JsonNode? input, JsonNode? result, JsonObject context)
    {
        var selected = state.ResultSelector is null ? result : state.ResultSelector.Evaluate(new EvaluationScope(result, context));
        return OutputOf(state, Placed(state.ResultPath, input, selected), context);
    }

    private static JsonNode? Placed(JsonPath? path, JsonNode? input, JsonNode? result)
    {
        if (path is null)
        {
            return JsonValues.Clone(input);
        }

        return path.TryPlace(input, result, out var combined)
            ? combined
            : throw new StateErrorException(StatesErrors.ResultPathMatchFailure, $"Unable to apply the ResultPath '{path.Text}' to the input {JsonValues.Text(input)}");
    }

    private static void LimitSize(JsonNode? value, string stateOrTask)
    {
        if (JsonValues.SizeBytes(JsonValues.Text(value)) > JsonValues.PayloadLimitBytes)
        {
            throw new StateErrorException(
                StatesErrors.DataLimitExceeded,
                $"The state/task '{stateOrTask}' returned a result with a size exceeding the maximum number of bytes service limit.");
        }
    }

    private static StateErrorException Located(StateErrorException e, Scope scope, State state)
    {
        const string Start = "An error occurred while executing the state";
        return e.Cause?.StartsWith(Start, StringComparison.Ordinal) == true
            ? e
            : new StateErrorException(e.Error, $"{Start} '{state.Name}' (entered at the event id #{scope.EnteredEventId}). {e.Cause}");
    }

    /// <summary>The context object, what <c>$$</c> names.</summary>
    private JsonObject Context(Scope scope, State state, int retries)
    {
        var context = new JsonObject
        {
            ["Execution"] = new JsonObject
            {
                ["Id"] = execution.Arn,
                ["Input"] = JsonValues.Clone(execution.Input),
                ["Name"] = execution.Name,
                ["RoleArn"] = execution.Machine.RoleArn,
                ["StartTime"] = JsonValues.Timestamp(execution.StartDate),
                ["RedriveCount"] = execution.RedriveCount,
            },
            ["State"] = new JsonObject
            {
                ["EnteredTime"] = JsonValues.Timestamp(scope.EnteredTime),
                ["Name"] = state.Name,
                ["RetryCount"] = retries,
            },
            ["StateMachine"] = new JsonObject
            {
                ["Id"] = execution.Machine.Arn,
                ["Name"] = execution.Machine.Name,
            },
        };
        if (execution.RedriveDate is { } redriven)
        {
            context["Execution"]!["RedriveTime"] = JsonValues.Timestamp(redriven);
        }

        if (scope.MapContext is not null)
        {
            context["Map"] = JsonValues.Clone(scope.MapContext);
        }

        return context;
    }

    private long Add(Scope scope, string type, string? detailsName = null, JsonObject? details = null) =>
        scope.LastEventId = execution.Add(scope.LastEventId, Now, type, detailsName, details);

    private static JsonObject NotTruncated() => new() { ["truncated"] = false };

    private static JsonObject Output(string text) => new() { ["output"] = text, ["outputDetails"] = NotTruncated() };

    private static JsonObject Error(string? error, string? cause)
    {
        var details = new JsonObject();
        if (error is not null)
        {
            details["error"] = error;
        }

        if (cause is not null)
        {
            details["cause"] = cause;
        }

        return details;
    }

    private static JsonNode? ParseOr(string text, Func<string, JsonNode?> otherwise)
    {
        try
        {
            return JsonValues.Parse(text);
        }
        catch (JsonException)
        {
            return otherwise(text);
        }
    }
}
