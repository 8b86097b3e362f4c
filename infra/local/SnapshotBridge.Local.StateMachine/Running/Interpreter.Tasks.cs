using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Asl;

namespace SnapshotBridge.Local.StateMachine.Running;

/// <content>Task states: calling a function, and waiting for a callback.</content>
internal sealed partial class Interpreter
{
    /// <summary>The service keeps this many characters of a cause.</summary>
    private const int CauseLimit = 32_768;

    private async Task<JsonNode?> InvokeAsync(Scope scope, TaskState task, JsonNode? input, JsonObject context, CancellationToken cancellationToken)
    {
        var callback = task.WaitsForToken ? callbacks.Open() : null;
        try
        {
            if (callback is not null)
            {
                execution.Remember(callback.Token);
                context["Task"] = new JsonObject { ["Token"] = callback.Token };
            }

            var evaluation = new EvaluationScope(input, context);
            var parameters = task.Parameters.Evaluate(evaluation)!.AsObject();
            LimitSize(parameters, task.Name);
            var call = new TaskCall(
                JsonValues.String(parameters["FunctionName"])
                    ?? throw new StateErrorException(StatesErrors.Runtime, $"The FunctionName must be a string, not {JsonValues.Text(parameters["FunctionName"])}"),
                parameters.ContainsKey("Payload") ? JsonValues.Text(parameters["Payload"]) : "{}",
                JsonValues.String(parameters["InvocationType"]) == "Event" ? LambdaInvocationType.Event : LambdaInvocationType.RequestResponse,
                Seconds(NumberOf(task.TimeoutSeconds, evaluation)),
                Seconds(NumberOf(task.HeartbeatSeconds, evaluation)));
            var details = Resource(task);
            details["region"] = options.Region;
            details["parameters"] = JsonValues.Text(parameters);
            if (call.Timeout is { } timeout)
            {
                details["timeoutInSeconds"] = (long)timeout.TotalSeconds;
            }

            if (call.Heartbeat is { } heartbeat)
            {
                details["heartbeatInSeconds"] = (long)heartbeat.TotalSeconds;
            }

            Add(scope, "TaskScheduled", "taskScheduledEventDetails", details);
            Add(scope, "TaskStarted", "taskStartedEventDetails", Resource(task));
            // The task must not read its token from anywhere but its own parameters.
            context.Remove("Task");
            try
            {
                var result = callback is null
                    ? await CallAsync(call, cancellationToken)
                    : await CallAndWaitAsync(scope, task, call, callback, cancellationToken);
                LimitSize(result, call.FunctionName);
                Add(scope, "TaskSucceeded", "taskSucceededEventDetails", Merged(Resource(task), Output(JsonValues.Text(result))));
                return result;
            }
            catch (StateErrorException e) when (e.Error == StatesErrors.Timeout && e.Cause is null)
            {
                Add(scope, "TaskTimedOut", "taskTimedOutEventDetails", Merged(Resource(task), Error(e.Error, e.Cause)));
                throw;
            }
            catch (StateErrorException e) when (e.Error != StatesErrors.Runtime)
            {
                Add(scope, "TaskFailed", "taskFailedEventDetails", Merged(Resource(task), Error(e.Error, e.Cause)));
                throw;
            }
        }
        finally
        {
            if (callback is not null)
            {
                callbacks.TryClose(callback);
            }
        }
    }

    private async Task<JsonNode?> CallAsync(TaskCall call, CancellationToken cancellationToken)
    {
        var invocation = StartCall(call);
        await EndsWithinAsync(invocation, call.Timeout, cancellationToken);
        return ResultOf(await invocation);
    }

    /// <summary>
    /// Calls the function and waits for its token's callback, which may come while the function still runs. What is left
    /// of the timeout when the function has returned is waiting, and passes faster by the wait factor.
    /// </summary>
    private async Task<JsonNode?> CallAndWaitAsync(Scope scope, TaskState task, TaskCall call, CallbackTask callback, CancellationToken cancellationToken)
    {
        var started = options.TimeProvider.GetTimestamp();
        var invocation = StartCall(call);
        try
        {
            await EndsWithinAsync(Task.WhenAny(invocation, callback.Completion), call.Timeout, cancellationToken);
        }
        catch (StateErrorException) when (!callbacks.TryClose(callback))
        {
            return OutcomeOf(await callback.Completion);
        }

        if (!callback.Completion.IsCompleted)
        {
            JsonNode? submitted;
            try
            {
                submitted = ResultOf(await invocation);
            }
            catch (StateErrorException) when (!callbacks.TryClose(callback))
            {
                return OutcomeOf(await callback.Completion);
            }

            Add(scope, "TaskSubmitted", "taskSubmittedEventDetails", Merged(Resource(task), Output(JsonValues.Text(submitted))));
            callback.Beat();
            var left = call.Timeout - options.TimeProvider.GetElapsedTime(started);
            await WaitForCallbackAsync(callback, left / options.WaitFactor, call.Heartbeat / options.WaitFactor, cancellationToken);
        }

        return OutcomeOf(await callback.Completion);
    }

    private async Task WaitForCallbackAsync(CallbackTask callback, TimeSpan? timeout, TimeSpan? heartbeat, CancellationToken cancellationToken)
    {
        var started = options.TimeProvider.GetTimestamp();
        while (!callback.Completion.IsCompleted)
        {
            var untilTimeout = timeout - options.TimeProvider.GetElapsedTime(started) ?? TimeSpan.MaxValue;
            var untilHeartbeat = heartbeat - callback.SinceHeartbeat ?? TimeSpan.MaxValue;
            var wait = untilTimeout < untilHeartbeat ? untilTimeout : untilHeartbeat;
            if (wait <= TimeSpan.Zero)
            {
                if (callbacks.TryClose(callback))
                {
                    throw new StateErrorException(StatesErrors.Timeout, null, untilHeartbeat < untilTimeout ? StatesErrors.HeartbeatTimeout : null);
                }

                await callback.Completion;
                return;
            }

            try
            {
                await callback.Completion.WaitAsync(Timer(wait), options.TimeProvider, cancellationToken);
            }
            catch (TimeoutException)
            {
                // The loop's start decides what has run out: a heartbeat may have come meanwhile.
            }
        }
    }

    /// <summary>The call itself is never cancelled: as in AWS, a function that runs goes on when its task has ended.</summary>
    private Task<LambdaInvocationResult> StartCall(TaskCall call)
    {
        var invocation = CallLambdaAsync(call);
        // When the task has ended otherwise, nobody waits for the call any more and its failure is nobody's news.
        _ = invocation.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return invocation;
    }

    private async Task<LambdaInvocationResult> CallLambdaAsync(TaskCall call)
    {
        try
        {
            return await options.Lambda.InvokeAsync(call.FunctionName, Encoding.UTF8.GetBytes(call.Payload), call.Type, lifetime);
        }
        catch (LambdaServiceException e)
        {
            throw new StateErrorException("Lambda." + e.Code, e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new StateErrorException("Lambda.SdkClientException", e.Message);
        }
    }

    private async Task EndsWithinAsync(Task work, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        try
        {
            await (timeout is { } limit
                ? work.WaitAsync(Timer(limit), options.TimeProvider, cancellationToken)
                : work.WaitAsync(cancellationToken));
        }
        catch (TimeoutException) when (!work.IsCompleted)
        {
            throw new StateErrorException(StatesErrors.Timeout, null);
        }
    }

    private static JsonObject ResultOf(LambdaInvocationResult result)
    {
        var text = Encoding.UTF8.GetString(result.Payload.Span);
        if (result.FunctionError is not null)
        {
            var name = ParseOr(text, _ => null) is JsonObject error ? JsonValues.String(error["errorType"]) : null;
            throw new StateErrorException(string.IsNullOrEmpty(name) ? "Lambda.Unknown" : name, text.Length <= CauseLimit ? text : text[..CauseLimit]);
        }

        var length = result.Payload.Length.ToString(CultureInfo.InvariantCulture);
        return new JsonObject
        {
            ["ExecutedVersion"] = result.ExecutedVersion,
            // A function without a result answers with nothing, and the payload is null.
            ["Payload"] = text.Length == 0 ? null : ParseOr(text, raw => JsonValue.Create(raw)),
            ["SdkHttpMetadata"] = new JsonObject
            {
                ["AllHttpHeaders"] = new JsonObject
                {
                    ["X-Amz-Executed-Version"] = new JsonArray(result.ExecutedVersion),
                    ["x-amzn-RequestId"] = new JsonArray(result.RequestId),
                    ["Content-Length"] = new JsonArray(length),
                    ["Content-Type"] = new JsonArray("application/json"),
                },
                ["HttpHeaders"] = new JsonObject
                {
                    ["Content-Length"] = length,
                    ["Content-Type"] = "application/json",
                    ["X-Amz-Executed-Version"] = result.ExecutedVersion,
                    ["x-amzn-RequestId"] = result.RequestId,
                },
                ["HttpStatusCode"] = result.StatusCode,
            },
            ["SdkResponseMetadata"] = new JsonObject { ["RequestId"] = result.RequestId },
            ["StatusCode"] = result.StatusCode,
        };
    }

    private static JsonNode? OutcomeOf(CallbackOutcome outcome) => outcome.Succeeded
        ? JsonValues.Parse(outcome.Output!)
        : throw new StateErrorException(outcome.Error ?? "", outcome.Cause ?? "");

    private static JsonObject Resource(TaskState task) => new()
    {
        ["resourceType"] = "lambda",
        ["resource"] = task.WaitsForToken ? "invoke.waitForTaskToken" : "invoke",
    };

    private static JsonObject Merged(JsonObject details, JsonObject more)
    {
        foreach (var (name, value) in more)
        {
            details[name] = JsonValues.Clone(value);
        }

        return details;
    }

    private static TimeSpan? Seconds(long? seconds) => seconds is { } number ? TimeSpan.FromSeconds(number) : null;

    /// <summary>What one timer can hold.</summary>
    private static TimeSpan Timer(TimeSpan wait) => wait < TimeSpan.FromDays(40) ? wait : TimeSpan.FromDays(40);

    private sealed record TaskCall(string FunctionName, string Payload, LambdaInvocationType Type, TimeSpan? Timeout, TimeSpan? Heartbeat);
}
