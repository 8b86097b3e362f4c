using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using SnapshotBridge.Loading;
using SnapshotBridge.Preflight;

namespace SnapshotBridge.PreflightTool;

/// <summary>
/// One preflight: who asks, which stack, then every function with its own role and network, then what only the caller may
/// read. A step that fails is a line, and the others go on.
/// </summary>
/// <param name="account">The account.</param>
/// <param name="show">Gets each line as soon as it is there.</param>
public sealed class PreflightRun(IAccount account, Action<PreflightLine> show)
{
    private const string Caller = "account";

    private readonly List<PreflightLine> _lines = [];
    private readonly Dictionary<string, string> _facts = new(StringComparer.Ordinal);

    // Letters and digits alone: it becomes part of object names.
    private readonly string _id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    public async Task<PreflightReport> RunAsync(string stack, string? snapshotArn, CancellationToken cancellationToken)
    {
        if (await CallerAsync(cancellationToken) && await StackAsync(stack, cancellationToken) is { } functions)
        {
            // PlanCopy tells where exports go, which the functions after it are told.
            await CheckAsync("StartExport", functions, Payload(snapshotArn), cancellationToken);
            await CheckAsync("PlanCopy", functions, Payload(null), cancellationToken);
            await CheckAsync("CopyTable", functions, Payload(null), cancellationToken);
            await CheckAsync("LoadTables", functions, Payload(null), cancellationToken);
            await CleanUpAsync(functions, cancellationToken);
            await StartsAsync("ExportMarker", functions, cancellationToken);
            await StartsAsync("ExportEnded", functions, cancellationToken);
            foreach (var check in await new AccountChecks(account, _facts).RunAsync(cancellationToken))
            {
                Add(Caller, check);
            }
        }

        return new PreflightReport(stack, _lines);
    }

    private void Add(string where, PreflightCheck check)
    {
        var line = new PreflightLine(where, check);
        _lines.Add(line);
        show(line);
    }

    private async Task<bool> CallerAsync(CancellationToken cancellationToken)
    {
        try
        {
            var caller = await account.CallerAsync(cancellationToken);
            Add(Caller, new PreflightCheck("caller", "sts:GetCallerIdentity", PreflightResult.Ok, $"{caller["Arn"]}"));
            return true;
        }
        catch (AccountException failure)
        {
            Add(Caller, new PreflightCheck(
                "caller", "sts:GetCallerIdentity", PreflightResult.Failed, failure.Message, "Install the AWS CLI and log in to the stack's account (aws configure, or --profile)."));
            return false;
        }
    }

    private async Task<IReadOnlyDictionary<string, string>?> StackAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var stack = await account.StackAsync(name, cancellationToken);
            var status = stack["StackStatus"]?.GetValue<string>() ?? "unknown";
            Add(Caller, status switch
            {
                "CREATE_COMPLETE" or "UPDATE_COMPLETE" or "IMPORT_COMPLETE" => new PreflightCheck("stack", name, PreflightResult.Ok, status),
                "UPDATE_ROLLBACK_COMPLETE" => new PreflightCheck(
                    "stack", name, PreflightResult.Warning, $"{status}: the last deployment failed, the one before it is in place", "Read the stack's events and deploy again."),
                _ => new PreflightCheck("stack", name, PreflightResult.Failed, status, "Wait for the deployment, or read the stack's events and deploy again."),
            });
            return await account.ResourcesAsync(name, cancellationToken);
        }
        catch (AccountException failure)
        {
            Add(Caller, new PreflightCheck(
                "stack", name, PreflightResult.Failed, failure.Message, "Give the stack's name as sam deploy used it (samconfig.toml), with --region and --profile of its account."));
            return null;
        }
    }

    private JsonObject Payload(string? snapshotArn)
    {
        var preflight = new JsonObject { ["id"] = _id };
        if (snapshotArn is not null)
        {
            preflight["snapshotArn"] = snapshotArn;
        }

        if (_facts.GetValueOrDefault(PreflightFact.DestinationPrefix) is { } prefix)
        {
            preflight["destinationPrefix"] = prefix;
        }

        return new JsonObject { ["preflight"] = preflight };
    }

    /// <summary>PlanCopy may delete documents, LoadTables may not and gets no right to for the preflight's sake.</summary>
    private async Task CleanUpAsync(IReadOnlyDictionary<string, string> functions, CancellationToken cancellationToken)
    {
        var payload = Payload(null);
        payload["preflight"]!["cleanUp"] = true;
        if (!await CheckAsync("PlanCopy", functions, payload, cancellationToken))
        {
            var what = $"s3://{_facts.GetValueOrDefault(PreflightFact.ExportBucket, "the export bucket")}/bridge/preflight-{_id}/";
            Add(Caller, new PreflightCheck("documents.removed", what, PreflightResult.Failed, "could not be removed: PlanCopy did not answer", $"Remove {what} by hand; nothing reads it."));
        }
    }

    /// <returns>True where the function answered with checks, however they ended.</returns>
    private async Task<bool> CheckAsync(string function, IReadOnlyDictionary<string, string> resources, JsonObject payload, CancellationToken cancellationToken)
    {
        if (await InvokeAsync(function, resources, payload, cancellationToken) is not { } answered)
        {
            return false;
        }

        PreflightAnswer? answer;
        try
        {
            answer = answered?["preflight"].Deserialize<PreflightAnswer>();
        }
        catch (JsonException)
        {
            answer = null;
        }

        if (answer is null)
        {
            Add(function, new PreflightCheck("start", function, PreflightResult.Failed, "it answered without checks: it is older than this preflight", "Build and deploy the stack again."));
            return false;
        }

        foreach (var check in answer.Checks)
        {
            Add(function, check);
        }

        foreach (var (name, value) in answer.Facts)
        {
            _facts[name] = value;
        }

        return true;
    }

    /// <summary>A function that has nothing to check but its own start: an event without records makes it read its settings and do nothing.</summary>
    private async Task StartsAsync(string function, IReadOnlyDictionary<string, string> resources, CancellationToken cancellationToken)
    {
        if (await InvokeAsync(function, resources, new JsonObject { ["Records"] = new JsonArray() }, cancellationToken, mayAnswerNothing: true) is not null)
        {
            Add(function, new PreflightCheck("start", function, PreflightResult.Ok, "it starts with its settings"));
        }
    }

    private async Task<JsonNode?> InvokeAsync(
        string function, IReadOnlyDictionary<string, string> resources, JsonObject payload, CancellationToken cancellationToken, bool mayAnswerNothing = false)
    {
        if (resources.GetValueOrDefault($"{function}Function") is not { Length: > 0 } name)
        {
            Add(function, new PreflightCheck("start", function, PreflightResult.Failed, "the stack has no such function", "Name the stack that sam deploy made from template.yaml."));
            return null;
        }

        try
        {
            var invocation = await account.InvokeAsync(name, payload, cancellationToken);
            if (!invocation.IsError)
            {
                return invocation.Payload ?? (mayAnswerNothing ? new JsonObject() : new JsonArray());
            }

            var (type, message) = ($"{invocation.Payload?["errorType"]}", $"{invocation.Payload?["errorMessage"]}");
            Add(function, new PreflightCheck("start", name, PreflightResult.Failed, SecretMask.Mask($"{type}: {message}"), RemedyOf(type)));
        }
        catch (AccountException failure)
        {
            Add(function, new PreflightCheck(
                "start", name, PreflightResult.Failed, failure.Message, "The caller needs lambda:InvokeFunction on the stack's functions."));
        }

        return null;
    }

    private static string RemedyOf(string errorType) => errorType switch
    {
        "InvalidOptionsException" => "Deploy again with the parameters that set these variables corrected.",
        "AwsServiceUnavailableException" or "Sandbox.Timedout" => $"The function did not get an answer in its time. {Remedies.Network}",
        _ => "Look at the function's log group for the whole error.",
    };
}
