using System.Text.Json;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.Aws;
using SnapshotBridge.Local.Aws.Protocols;
using SnapshotBridge.Local.StateMachine.Running;

namespace SnapshotBridge.Local.StateMachine.Http;

/// <summary>The Step Functions API over HTTP: JSON 1.0, signatures for the service <c>states</c> checked.</summary>
public sealed class StatesEndpoint : IAsyncDisposable
{
    private static readonly AwsJsonService Protocol = new("states", "AWSStepFunctions", "1.0");

    private readonly AwsJsonServer _server;

    private StatesEndpoint(AwsJsonServer server) => _server = server;

    public Uri Endpoint => _server.Endpoint;

    /// <param name="service">Who does the work; it outlives the endpoint.</param>
    /// <param name="options">Port and access keys.</param>
    /// <param name="cancellationToken">Ends the attempt to start.</param>
    public static async Task<StatesEndpoint> StartAsync(StateMachineService service, AwsServerOptions options, CancellationToken cancellationToken)
    {
        var operations = new StatesOperations(service);
        return new StatesEndpoint(await AwsJsonServer.StartAsync(options, Protocol, operations.AnswerAsync, cancellationToken));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}

/// <summary>The API's operations: requests read, responses written, work left to the service.</summary>
internal sealed class StatesOperations(StateMachineService service)
{
    internal async Task<JsonNode?> AnswerAsync(string operation, JsonElement input, CancellationToken cancellationToken)
    {
        try
        {
            return operation switch
            {
                "CreateStateMachine" => CreateStateMachine(input),
                "DescribeStateMachine" => DescribeStateMachine(input),
                "ListStateMachines" => ListStateMachines(input),
                "StartExecution" => StartExecution(input),
                "DescribeExecution" => Execution(service.DescribeExecution(Required(input, "executionArn")), input),
                "ListExecutions" => ListExecutions(input),
                "GetExecutionHistory" => GetExecutionHistory(input),
                "StopExecution" => await StopExecutionAsync(input, cancellationToken),
                "RedriveExecution" => new JsonObject { ["redriveDate"] = Date(service.RedriveExecution(Required(input, "executionArn"), Text(input, "clientToken"))) },
                "SendTaskSuccess" => Done(() => service.SendTaskSuccess(Required(input, "taskToken"), Required(input, "output"))),
                "SendTaskFailure" => Done(() => service.SendTaskFailure(Required(input, "taskToken"), Text(input, "error"), Text(input, "cause"))),
                "SendTaskHeartbeat" => Done(() => service.SendTaskHeartbeat(Required(input, "taskToken"))),
                "ListMapRuns" => ListMapRuns(input),
                "DescribeMapRun" => DescribeMapRun(input),
                _ => throw new AwsServiceException("UnknownOperationException", $"The operation '{operation}' is not implemented by this endpoint."),
            };
        }
        catch (StatesServiceException e)
        {
            throw new AwsServiceException(e.Code, e.Message);
        }
    }

    private JsonObject CreateStateMachine(JsonElement input)
    {
        if (Text(input, "type") is { } type and not "STANDARD")
        {
            throw new StatesServiceException("ValidationException", $"The type '{type}' is not implemented: STANDARD only");
        }

        var arn = service.CreateStateMachine(Required(input, "name"), Required(input, "definition"), Required(input, "roleArn"));
        return new JsonObject { ["stateMachineArn"] = arn, ["creationDate"] = Date(service.FindMachine(arn).CreationDate) };
    }

    private JsonObject DescribeStateMachine(JsonElement input)
    {
        var machine = service.FindMachine(Required(input, "stateMachineArn"));
        return new JsonObject
        {
            ["stateMachineArn"] = machine.Arn,
            ["name"] = machine.Name,
            ["status"] = "ACTIVE",
            ["definition"] = machine.Definition.Text,
            ["roleArn"] = machine.RoleArn,
            ["type"] = "STANDARD",
            ["creationDate"] = Date(machine.CreationDate),
        };
    }

    private JsonObject ListStateMachines(JsonElement input)
    {
        var (machines, next) = StateMachineService.Page(service.Machines, Number(input, "maxResults"), Text(input, "nextToken"));
        return Paged(next, "stateMachines", machines.Select(machine => new JsonObject
        {
            ["stateMachineArn"] = machine.Arn,
            ["name"] = machine.Name,
            ["type"] = "STANDARD",
            ["creationDate"] = Date(machine.CreationDate),
        }));
    }

    private JsonObject StartExecution(JsonElement input)
    {
        var execution = service.StartExecution(Required(input, "stateMachineArn"), Text(input, "name"), Text(input, "input"));
        return new JsonObject { ["executionArn"] = execution.ExecutionArn, ["startDate"] = Date(execution.StartDate) };
    }

    private JsonObject ListExecutions(JsonElement input)
    {
        ExecutionStatus? status = Text(input, "statusFilter") switch
        {
            null => null,
            "RUNNING" => ExecutionStatus.Running,
            "SUCCEEDED" => ExecutionStatus.Succeeded,
            "FAILED" => ExecutionStatus.Failed,
            "TIMED_OUT" => ExecutionStatus.TimedOut,
            "ABORTED" => ExecutionStatus.Aborted,
            var other => throw new StatesServiceException("ValidationException", $"The statusFilter '{other}' is not a status of an execution here"),
        };
        var page = service.ListExecutions(
            Text(input, "stateMachineArn"), Text(input, "mapRunArn"), status, Number(input, "maxResults"), Text(input, "nextToken"));
        return Paged(page.NextToken, "executions", page.Executions.Select(Summary));
    }

    private JsonObject GetExecutionHistory(JsonElement input)
    {
        var withData = !input.TryGetProperty("includeExecutionData", out var include) || include.ValueKind != JsonValueKind.False;
        var reverse = input.TryGetProperty("reverseOrder", out var order) && order.ValueKind == JsonValueKind.True;
        var page = service.GetExecutionHistory(Required(input, "executionArn"), reverse, Number(input, "maxResults"), Text(input, "nextToken"));
        return Paged(page.NextToken, "events", page.Events.Select(item => item.ToJson(withData)));
    }

    private async Task<JsonObject> StopExecutionAsync(JsonElement input, CancellationToken cancellationToken)
    {
        var execution = await service.StopExecutionAsync(Required(input, "executionArn"), Text(input, "error"), Text(input, "cause"), cancellationToken);
        return new JsonObject { ["stopDate"] = Date(execution.StopDate!.Value) };
    }

    private JsonObject ListMapRuns(JsonElement input)
    {
        var (runs, next) = StateMachineService.Page(
            service.ListMapRuns(Required(input, "executionArn")), Number(input, "maxResults"), Text(input, "nextToken"));
        return Paged(next, "mapRuns", runs.Select(run => Dated(
            new JsonObject
            {
                ["executionArn"] = run.ExecutionArn,
                ["mapRunArn"] = run.MapRunArn,
                ["stateMachineArn"] = run.StateMachineArn,
                ["startDate"] = Date(run.StartDate),
            },
            "stopDate",
            run.StopDate)));
    }

    private JsonObject DescribeMapRun(JsonElement input)
    {
        var run = service.DescribeMapRun(Required(input, "mapRunArn"));
        var description = new JsonObject
        {
            ["mapRunArn"] = run.MapRunArn,
            ["executionArn"] = run.ExecutionArn,
            ["status"] = Status(run.Status),
            ["startDate"] = Date(run.StartDate),
            ["maxConcurrency"] = run.MaxConcurrency,
            ["toleratedFailurePercentage"] = 0,
            ["toleratedFailureCount"] = 0,
            // One item is one child execution: both counts are the same.
            ["itemCounts"] = Counts(run.Counts),
            ["executionCounts"] = Counts(run.Counts),
            ["redriveCount"] = run.RedriveCount,
        };
        return Dated(Dated(description, "stopDate", run.StopDate), "redriveDate", run.RedriveDate);
    }

    private static JsonObject Counts(MapRunCounts counts) => new()
    {
        ["pending"] = counts.Pending,
        ["running"] = counts.Running,
        ["succeeded"] = counts.Succeeded,
        ["failed"] = counts.Failed,
        ["timedOut"] = counts.TimedOut,
        ["aborted"] = counts.Aborted,
        ["total"] = counts.Total,
        ["resultsWritten"] = 0,
        ["failuresNotRedrivable"] = 0,
        ["pendingRedrive"] = 0,
    };

    private static JsonObject Summary(ExecutionDescription execution)
    {
        var json = new JsonObject
        {
            ["executionArn"] = execution.ExecutionArn,
            ["stateMachineArn"] = execution.StateMachineArn,
            ["name"] = execution.Name,
            ["status"] = Status(execution.Status),
            ["startDate"] = Date(execution.StartDate),
            ["redriveCount"] = execution.RedriveCount,
        };
        Dated(json, "stopDate", execution.StopDate);
        Dated(json, "redriveDate", execution.RedriveDate);
        if (execution.MapRunArn is not null)
        {
            json["mapRunArn"] = execution.MapRunArn;
        }

        return json;
    }

    private static JsonObject Execution(ExecutionDescription execution, JsonElement request)
    {
        var json = Summary(execution);
        var withData = Text(request, "includedData") != "METADATA_ONLY";
        void Set(string name, string? value)
        {
            if (value is not null)
            {
                json[name] = value;
            }
        }

        Set("error", execution.Error);
        Set("cause", execution.Cause);
        if (withData)
        {
            json["input"] = execution.Input;
            json["inputDetails"] = new JsonObject { ["included"] = true };
            Set("output", execution.Output);
            if (execution.Output is not null)
            {
                json["outputDetails"] = new JsonObject { ["included"] = true };
            }
        }

        json["redriveStatus"] = execution.NotRedrivableReason is null
            ? execution.MapRunArn is null ? "REDRIVABLE" : "REDRIVABLE_BY_MAP_RUN"
            : "NOT_REDRIVABLE";
        Set("redriveStatusReason", execution.NotRedrivableReason);
        return json;
    }

    private static JsonObject Paged(string? next, string name, IEnumerable<JsonObject> items)
    {
        var page = new JsonObject { [name] = new JsonArray([.. items]) };
        if (next is not null)
        {
            page["nextToken"] = next;
        }

        return page;
    }

    private static JsonObject Dated(JsonObject json, string name, DateTimeOffset? date)
    {
        if (date is { } moment)
        {
            json[name] = Date(moment);
        }

        return json;
    }

    private static JsonObject Done(Action action)
    {
        action();
        return [];
    }

    /// <summary>Epoch seconds with milliseconds, as the protocol has it.</summary>
    private static decimal Date(DateTimeOffset moment) => moment.ToUnixTimeMilliseconds() / 1000m;

    private static string Status(ExecutionStatus status) => status switch
    {
        ExecutionStatus.Running => "RUNNING",
        ExecutionStatus.Succeeded => "SUCCEEDED",
        ExecutionStatus.Failed => "FAILED",
        ExecutionStatus.TimedOut => "TIMED_OUT",
        _ => "ABORTED",
    };

    private static string Required(JsonElement input, string name) =>
        Text(input, name) ?? throw new StatesServiceException(
            "ValidationException", $"1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must not be null");

    private static string? Text(JsonElement input, string name) => !input.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null
        ? null
        : value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : throw new StatesServiceException("ValidationException", $"Value at '{name}' must be a string");

    private static int? Number(JsonElement input, string name) => !input.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null
        ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : throw new StatesServiceException("ValidationException", $"Value at '{name}' must be a whole number");
}
