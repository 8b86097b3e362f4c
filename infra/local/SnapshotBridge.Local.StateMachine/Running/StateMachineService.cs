using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.StateMachine.Asl;

namespace SnapshotBridge.Local.StateMachine.Running;

/// <summary>
/// Step Functions on this machine: Standard workflows in JSONPath, with executions, callbacks, redrive and histories as
/// the service has them. Everything is kept in memory. <c>StatesEndpoint</c> serves the same over HTTP.
/// </summary>
public sealed class StateMachineService : IAsyncDisposable
{
    private const int DefaultPage = 100;
    private const int LargestPage = 1_000;

    private readonly StateMachineServiceOptions _options;
    private readonly CallbackTasks _callbacks;
    private readonly CancellationTokenSource _lifetime = new();
    private readonly ConcurrentDictionary<string, Machine> _machines = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Execution> _executions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);
    private readonly Lock _starting = new();

    public StateMachineService(StateMachineServiceOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.WaitFactor, 1);
        _options = options;
        _callbacks = new CallbackTasks(options.TimeProvider);
    }

    private DateTimeOffset Now => _options.TimeProvider.GetUtcNow();

    /// <summary>Every task token ever handed out: what no log, history or report may hold.</summary>
    public IReadOnlyList<string> IssuedTaskTokens => _callbacks.Issued;

    /// <summary>Registers a state machine; the same again is no error.</summary>
    /// <param name="name">1 to 80 characters.</param>
    /// <param name="definition">The definition with its substitutions filled.</param>
    /// <param name="roleArn">The machine's role.</param>
    /// <returns>The machine's ARN.</returns>
    /// <exception cref="StatesServiceException">InvalidName, InvalidDefinition or StateMachineAlreadyExists.</exception>
    public string CreateStateMachine(string name, string definition, string roleArn)
    {
        CheckName(name);
        StateMachineDefinition parsed;
        try
        {
            parsed = StateMachineDefinition.Parse(definition);
        }
        catch (StateMachineDefinitionException e)
        {
            throw new StatesServiceException("InvalidDefinition", $"Invalid State Machine Definition: '{e.Message}'");
        }

        var arn = $"arn:aws:states:{_options.Region}:{_options.AccountId}:stateMachine:{name}";
        var machine = _machines.GetOrAdd(arn, _ => new Machine(arn, name, parsed, roleArn, Now));
        return machine.Definition.Text == definition && machine.RoleArn == roleArn
            ? arn
            : throw new StatesServiceException("StateMachineAlreadyExists", $"State Machine Already Exists: '{arn}'");
    }

    /// <summary>Starts an execution. The same name and input while it runs gives the same execution.</summary>
    /// <param name="stateMachineArn">The machine.</param>
    /// <param name="name">1 to 80 characters; null for a new one.</param>
    /// <param name="input">JSON, at most 262,144 bytes.</param>
    /// <exception cref="StatesServiceException">StateMachineDoesNotExist, InvalidName, InvalidExecutionInput or ExecutionAlreadyExists.</exception>
    public ExecutionDescription StartExecution(string stateMachineArn, string? name, string? input)
    {
        var machine = FindMachine(stateMachineArn);
        name ??= Guid.NewGuid().ToString();
        CheckName(name);
        var parsed = ParseInput(input ?? "{}");
        var arn = $"{machine.Arn.Replace(":stateMachine:", ":execution:", StringComparison.Ordinal)}:{name}";
        Execution execution;
        lock (_starting)
        {
            if (_executions.TryGetValue(arn, out var earlier))
            {
                return earlier.Status == ExecutionStatus.Running && earlier.InputText == JsonValues.Text(parsed)
                    ? earlier.Describe(Now)
                    : throw new StatesServiceException("ExecutionAlreadyExists", $"Execution Already Exists: '{arn}'");
            }

            execution = new Execution(arn, name, machine, machine.Arn, machine.Definition.Flow, parsed, Now);
            _executions[arn] = execution;
        }

        var interpreter = new Interpreter(_options, _callbacks, execution, _lifetime.Token);
        interpreter.StartHistory(execution);
        _options.Observer?.ExecutionStarted(execution.Identity);
        Run(execution, interpreter);
        return execution.Describe(Now);
    }

    /// <summary>Waits until the execution, or its running redrive, has ended.</summary>
    public async Task<ExecutionDescription> WaitForEndAsync(string executionArn, CancellationToken cancellationToken)
    {
        var execution = FindExecution(executionArn);
        await execution.Ended.Task.WaitAsync(cancellationToken);
        return execution.Describe(Now);
    }

    /// <exception cref="StatesServiceException">ExecutionDoesNotExist.</exception>
    public ExecutionDescription DescribeExecution(string executionArn) => FindExecution(executionArn).Describe(Now);

    /// <summary>Executions of a machine, or the children of a Map Run, newest first.</summary>
    /// <exception cref="StatesServiceException">StateMachineDoesNotExist, ResourceNotFound, InvalidToken or ValidationException.</exception>
    public ExecutionPage ListExecutions(string? stateMachineArn, string? mapRunArn, ExecutionStatus? status, int? maxResults, string? nextToken)
    {
        if (stateMachineArn is null == mapRunArn is null)
        {
            throw new StatesServiceException("ValidationException", "Exactly one of stateMachineArn and mapRunArn must be given");
        }

        var all = mapRunArn is not null
            ? FindMapRun(mapRunArn).Children
            : FindMachine(stateMachineArn!) is var machine ? _executions.Values.Where(execution => execution.Machine == machine) : [];
        var listed = all
            .Where(execution => status is null || execution.Status == status)
            .OrderByDescending(execution => execution.StartDate).ThenBy(execution => execution.Arn, StringComparer.Ordinal)
            .Select(execution => execution.Describe(Now)).ToList();
        var (page, next) = Page(listed, maxResults, nextToken);
        return new ExecutionPage(page, next);
    }

    /// <summary>An execution's history, a child's too.</summary>
    /// <exception cref="StatesServiceException">ExecutionDoesNotExist, InvalidToken or ValidationException.</exception>
    public HistoryPage GetExecutionHistory(string executionArn, bool reverseOrder = false, int? maxResults = null, string? nextToken = null)
    {
        var events = FindExecution(executionArn).History;
        var (page, next) = Page(reverseOrder ? [.. events.Reverse()] : events, maxResults, nextToken);
        return new HistoryPage(page, next);
    }

    /// <summary>
    /// The whole history as a JSON document for keeping: GetExecutionHistory's shape, with every task token that the
    /// execution ever had masked.
    /// </summary>
    public async Task WriteHistoryAsync(string executionArn, Stream target, CancellationToken cancellationToken)
    {
        var execution = FindExecution(executionArn);
        var document = new JsonObject
        {
            ["executionArn"] = execution.Arn,
            ["events"] = new JsonArray([.. execution.History.Select(item => item.ToJson())]),
        };
        var text = document.ToJsonString(Indented);
        foreach (var token in execution.Tokens)
        {
            text = text.Replace(token, "[task token]", StringComparison.Ordinal);
        }

        await target.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
    }

    /// <summary>Aborts an execution and its children. A function that runs goes on to its end, as in AWS, unheard. One that has ended stays as it is.</summary>
    /// <exception cref="StatesServiceException">ExecutionDoesNotExist.</exception>
    public async Task<ExecutionDescription> StopExecutionAsync(string executionArn, string? error, string? cause, CancellationToken cancellationToken)
    {
        var execution = FindExecution(executionArn);
        if (execution.Status == ExecutionStatus.Running)
        {
            execution.StopError = error;
            execution.StopCause = cause;
            await execution.Stop.CancelAsync();
            await execution.Ended.Task.WaitAsync(cancellationToken);
        }

        return execution.Describe(Now);
    }

    /// <summary>
    /// Continues an execution that failed, timed out or was aborted, in the state where it ended: with the same definition
    /// and input, new task tokens, fresh retries, and of a Distributed Map only the children that have not succeeded.
    /// </summary>
    /// <param name="executionArn">The execution.</param>
    /// <param name="clientToken">Repeating a call with the same token gives the same redrive.</param>
    /// <returns>When it was redriven.</returns>
    /// <exception cref="StatesServiceException">ExecutionDoesNotExist or ExecutionNotRedrivable.</exception>
    public DateTimeOffset RedriveExecution(string executionArn, string? clientToken = null)
    {
        var execution = FindExecution(executionArn);
        lock (_starting)
        {
            if (clientToken is not null && clientToken == execution.RedriveClientToken && execution.RedriveDate is { } already)
            {
                return already;
            }

            if (execution.MapRun is not null)
            {
                throw new StatesServiceException("ExecutionNotRedrivable", $"The execution {executionArn} is a child of a Map Run: redrive its parent");
            }

            if (execution.NotRedrivableReason(Now) is { } reason)
            {
                throw new StatesServiceException("ExecutionNotRedrivable", reason);
            }

            execution.RedriveClientToken = clientToken;
            var interpreter = new Interpreter(_options, _callbacks, execution, _lifetime.Token);
            interpreter.RedriveHistory(execution);
            _options.Observer?.ExecutionStarted(execution.Identity);
            Run(execution, interpreter);
            return execution.RedriveDate!.Value;
        }
    }

    /// <exception cref="StatesServiceException">InvalidToken, InvalidOutput, TaskDoesNotExist, TaskTimedOut or ValidationException.</exception>
    public void SendTaskSuccess(string taskToken, string output)
    {
        CheckLength("output", output, JsonValues.PayloadLimitBytes);
        try
        {
            JsonValues.Parse(output);
        }
        catch (JsonException)
        {
            throw new StatesServiceException("InvalidOutput", "Invalid Output: 'Output is not JSON'");
        }

        _callbacks.Complete(taskToken, new CallbackOutcome(output, null, null));
    }

    /// <exception cref="StatesServiceException">InvalidToken, TaskDoesNotExist, TaskTimedOut or ValidationException.</exception>
    public void SendTaskFailure(string taskToken, string? error, string? cause)
    {
        CheckLength("error", error, 256);
        CheckLength("cause", cause, 32_768);
        _callbacks.Complete(taskToken, new CallbackOutcome(null, error, cause));
    }

    /// <exception cref="StatesServiceException">InvalidToken, TaskDoesNotExist or TaskTimedOut.</exception>
    public void SendTaskHeartbeat(string taskToken) => _callbacks.Beat(taskToken);

    /// <exception cref="StatesServiceException">ExecutionDoesNotExist.</exception>
    public IReadOnlyList<MapRunDescription> ListMapRuns(string executionArn) => [.. FindExecution(executionArn).MapRuns.Select(run => run.Describe())];

    /// <exception cref="StatesServiceException">ResourceNotFound.</exception>
    public MapRunDescription DescribeMapRun(string mapRunArn) => FindMapRun(mapRunArn).Describe();

    /// <summary>Aborts everything that runs and waits for its end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _lifetime.CancelAsync();
        await Task.WhenAll(_running.Values);
        _lifetime.Dispose();
    }

    internal IReadOnlyList<Machine> Machines => [.. _machines.Values.OrderBy(machine => machine.Arn, StringComparer.Ordinal)];

    internal Machine FindMachine(string arn)
    {
        if (!arn.StartsWith("arn:", StringComparison.Ordinal) || !arn.Contains(":stateMachine:", StringComparison.Ordinal))
        {
            throw new StatesServiceException("InvalidArn", $"Invalid Arn: '{arn}'");
        }

        return _machines.TryGetValue(arn, out var machine)
            ? machine
            : throw new StatesServiceException("StateMachineDoesNotExist", $"State Machine Does Not Exist: '{arn}'");
    }

    internal static (IReadOnlyList<T> Items, string? Next) Page<T>(IReadOnlyList<T> all, int? maxResults, string? nextToken)
    {
        if (maxResults is < 0 or > LargestPage)
        {
            throw new StatesServiceException("ValidationException", $"maxResults is {maxResults} but must be from 0 to {LargestPage}");
        }

        var start = 0;
        if (nextToken is not null && (!int.TryParse(nextToken, NumberStyles.None, CultureInfo.InvariantCulture, out start) || start >= all.Count))
        {
            throw new StatesServiceException("InvalidToken", "Invalid Token: 'Invalid token'");
        }

        var size = maxResults is null or 0 ? DefaultPage : maxResults.Value;
        return ([.. all.Skip(start).Take(size)], start + size < all.Count ? (start + size).ToString(CultureInfo.InvariantCulture) : null);
    }

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        // Tokens are Base64: escaping their + would hide them from the mask.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private void Run(Execution execution, Interpreter interpreter)
    {
        // The caller goes on at once, whatever the first states do.
        var run = Task.Run(() => interpreter.RunAsync(CancellationToken.None));
        _running[execution.Arn] = run;
        _ = run.ContinueWith(_ => _running.TryRemove(new KeyValuePair<string, Task>(execution.Arn, run)), TaskScheduler.Default);
    }

    private Execution FindExecution(string arn)
    {
        if (!arn.StartsWith("arn:", StringComparison.Ordinal) || !arn.Contains(":execution:", StringComparison.Ordinal))
        {
            throw new StatesServiceException("InvalidArn", $"Invalid Arn: '{arn}'");
        }

        return _executions.TryGetValue(arn, out var execution)
            ? execution
            : _executions.Values.SelectMany(Children).FirstOrDefault(child => child.Arn == arn)
                ?? throw new StatesServiceException("ExecutionDoesNotExist", $"Execution Does Not Exist: '{arn}'");
    }

    private MapRun FindMapRun(string arn) =>
        _executions.Values.Concat(_executions.Values.SelectMany(Children)).SelectMany(execution => execution.MapRuns).FirstOrDefault(run => run.Arn == arn)
            ?? throw new StatesServiceException("ResourceNotFound", $"Resource not found: '{arn}'");

    private static IEnumerable<Execution> Children(Execution execution) =>
        execution.MapRuns.SelectMany(run => run.Children).SelectMany(child => Children(child).Prepend(child));

    private static void CheckName(string name)
    {
        if (name.Length is 0 or > 80 || name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || "<>{}[]?*\"#%\\^|~`$&,;:/".Contains(c)))
        {
            throw new StatesServiceException("InvalidName", $"Invalid Name: '{name}'");
        }
    }

    private static JsonNode? ParseInput(string input)
    {
        if (JsonValues.SizeBytes(input) > JsonValues.PayloadLimitBytes)
        {
            throw new StatesServiceException("InvalidExecutionInput", $"Invalid State Machine Execution Input: 'the input has {JsonValues.SizeBytes(input)} bytes, more than {JsonValues.PayloadLimitBytes}'");
        }

        try
        {
            return JsonValues.Parse(input);
        }
        catch (JsonException e)
        {
            throw new StatesServiceException("InvalidExecutionInput", $"Invalid State Machine Execution Input: '{e.Message}'");
        }
    }

    private static void CheckLength(string field, string? value, int limit)
    {
        if (value is not null && JsonValues.SizeBytes(value) > limit)
        {
            throw new StatesServiceException("ValidationException", $"Value at '{field}' failed to satisfy constraint: Member must have length less than or equal to {limit}");
        }
    }
}
