using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Running;

namespace SnapshotBridge.StateMachine.Tests.Kit;

/// <summary>One recorded call.</summary>
public sealed record LambdaCall(string Function, JsonNode? Payload, LambdaInvocationType Type);

/// <summary>A function's error, as Lambda reports it.</summary>
public sealed class FunctionErrorException(string errorType, string message) : Exception(message)
{
    public string ErrorType { get; } = errorType;
}

/// <summary>Functions whose answers a test writes down; every call is recorded.</summary>
public sealed class ScriptedLambda : ILambdaInvoker
{
    private readonly ConcurrentDictionary<string, Func<JsonNode?, int, Task<JsonNode?>>> _functions = new();
    private readonly ConcurrentDictionary<string, int> _counts = new();

    public ConcurrentQueue<LambdaCall> Calls { get; } = new();

    public int CallsOf(string function) => Calls.Count(call => call.Function == function);

    /// <summary>The answer to each call; the number counts this function's calls from 1.</summary>
    public ScriptedLambda On(string function, Func<JsonNode?, int, Task<JsonNode?>> answer)
    {
        _functions[function] = answer;
        return this;
    }

    public ScriptedLambda On(string function, Func<JsonNode?, int, JsonNode?> answer) =>
        On(function, (payload, call) => Task.FromResult(answer(payload, call)));

    public ScriptedLambda Returns(string function, string json) => On(function, (_, _) => JsonNode.Parse(json));

    public ScriptedLambda Fails(string function, string errorType, string message) =>
        On(function, Task<JsonNode?> (_, _) => throw new FunctionErrorException(errorType, message));

    /// <summary>Throws this error on the first calls and then does what was there before.</summary>
    public ScriptedLambda FailsFirst(string function, int times, Func<Exception> error)
    {
        var then = _functions[function];
        return On(function, (payload, call) => call <= times ? throw error() : then(payload, call));
    }

    public async Task<LambdaInvocationResult> InvokeAsync(
        string functionName, ReadOnlyMemory<byte> payload, LambdaInvocationType type, CancellationToken cancellationToken)
    {
        var parsed = JsonNode.Parse(payload.Span);
        Calls.Enqueue(new LambdaCall(functionName, parsed, type));
        var requestId = Guid.NewGuid().ToString();
        try
        {
            var answer = await _functions[functionName](parsed?.DeepClone(), _counts.AddOrUpdate(functionName, 1, (_, count) => count + 1));
            return new LambdaInvocationResult(200, null, Encoding.UTF8.GetBytes(answer?.ToJsonString() ?? "null"), requestId);
        }
        catch (FunctionErrorException e)
        {
            var error = new JsonObject { ["errorType"] = e.ErrorType, ["errorMessage"] = e.Message };
            return new LambdaInvocationResult(200, "Unhandled", Encoding.UTF8.GetBytes(error.ToJsonString()), requestId);
        }
    }
}
