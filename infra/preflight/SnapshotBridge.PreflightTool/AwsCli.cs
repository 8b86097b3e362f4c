using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SnapshotBridge.PreflightTool;

/// <summary>
/// The account through the AWS CLI, version 1 or 2, with its own way of finding credentials, region and endpoints
/// (<c>AWS_PROFILE</c>, <c>AWS_ENDPOINT_URL_LAMBDA</c>, …).
/// </summary>
/// <param name="region">Passed as <c>--region</c>; null leaves it to the CLI.</param>
/// <param name="profile">Passed as <c>--profile</c>; null leaves it to the CLI.</param>
public sealed partial class AwsCli(string? region, string? profile) : IAccount
{
    /// <summary>A function's checks wait for servers that do not answer: longer than the CLI's own 60 s, and never asked twice.</summary>
    private const int InvokeSeconds = 900;

    public Task<JsonObject> CallerAsync(CancellationToken cancellationToken) => ObjectAsync(["sts", "get-caller-identity"], cancellationToken);

    public async Task<JsonObject> StackAsync(string name, CancellationToken cancellationToken) =>
        (await ObjectAsync(["cloudformation", "describe-stacks", "--stack-name", name], cancellationToken))["Stacks"]?[0] as JsonObject
        ?? throw new AccountException("cloudformation describe-stacks", "", $"there is no stack '{name}'");

    public async Task<IReadOnlyDictionary<string, string>> ResourcesAsync(string stack, CancellationToken cancellationToken)
    {
        // Unlike describe-stack-resources it has no limit of 100: the CLI reads all pages.
        var answer = await ObjectAsync(["cloudformation", "list-stack-resources", "--stack-name", stack], cancellationToken);
        return (answer["StackResourceSummaries"] as JsonArray ?? []).OfType<JsonObject>().ToDictionary(
            resource => Text(resource, "LogicalResourceId"), resource => Text(resource, "PhysicalResourceId"), StringComparer.Ordinal);
    }

    public async Task<JsonObject> RoleAsync(string roleName, CancellationToken cancellationToken) =>
        (await ObjectAsync(["iam", "get-role", "--role-name", roleName], cancellationToken))["Role"] as JsonObject ?? [];

    public async Task<JsonObject> KeyAsync(string keyId, CancellationToken cancellationToken) =>
        (await ObjectAsync(["kms", "describe-key", "--key-id", keyId], cancellationToken))["KeyMetadata"] as JsonObject ?? [];

    public Task<JsonObject> BucketEncryptionAsync(string bucket, CancellationToken cancellationToken) =>
        ObjectAsync(["s3api", "get-bucket-encryption", "--bucket", bucket], cancellationToken);

    public Task<JsonObject> BucketNotificationsAsync(string bucket, CancellationToken cancellationToken) =>
        ObjectAsync(["s3api", "get-bucket-notification-configuration", "--bucket", bucket], cancellationToken);

    public async Task<Invocation> InvokeAsync(string functionName, JsonObject payload, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("snapshot-bridge-preflight-");
        try
        {
            var (request, answer) = (Path.Combine(folder.FullName, "request.json"), Path.Combine(folder.FullName, "answer.json"));
            await File.WriteAllTextAsync(request, payload.ToJsonString(), cancellationToken);
            // fileb: is the one form that both major versions pass on as it is.
            var call = await ObjectAsync(
                [
                    "lambda", "invoke", "--function-name", functionName, "--payload", $"fileb://{request}",
                    "--cli-read-timeout", InvokeSeconds.ToString(CultureInfo.InvariantCulture), answer,
                ],
                cancellationToken);
            var text = await File.ReadAllTextAsync(answer, cancellationToken);
            return new Invocation(call["FunctionError"] is not null, text.Length == 0 ? null : JsonNode.Parse(text));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<JsonObject> ObjectAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var operation = $"{arguments[0]} {arguments[1]}";
        var (code, output, error) = await RunAsync(arguments, operation, cancellationToken);
        if (code != 0)
        {
            var match = ServiceError().Match(error);
            throw match.Success
                ? new AccountException(operation, match.Groups["code"].Value, match.Groups["message"].Value.Trim())
                : new AccountException(operation, "", error.Trim());
        }

        try
        {
            return output.Trim().Length == 0 ? [] : JsonNode.Parse(output) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            throw new AccountException(operation, "", "the AWS CLI printed no JSON");
        }
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(IReadOnlyList<string> arguments, string operation, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("aws") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments.Concat(["--output", "json"]).Concat(Named("--region", region)).Concat(Named("--profile", profile)))
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["AWS_PAGER"] = "";
        start.Environment["AWS_MAX_ATTEMPTS"] = "1";
        try
        {
            using var process = Process.Start(start) ?? throw new AccountException(operation, "", "the AWS CLI did not start");
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
                var error = process.StandardError.ReadToEndAsync(cancellationToken);
                await process.WaitForExitAsync(cancellationToken);
                return (process.ExitCode, await output, await error);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }
        catch (Win32Exception)
        {
            throw new AccountException(operation, "", "the AWS CLI (aws) is not installed or not on the PATH");
        }
    }

    private static string[] Named(string name, string? value) => value is null ? [] : [name, value];

    private static string Text(JsonObject node, string name) => node[name]?.GetValue<string>() ?? "";

    [GeneratedRegex(@"An error occurred \((?<code>[^)]+)\)[^:]*: (?<message>.*)", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex ServiceError();
}
