using System.Diagnostics;
using SnapshotBridge.Local.Cloud;
using SnapshotBridge.Local.Deployment;
using SnapshotBridge.Local.Running;

namespace SnapshotBridge.EndToEnd.Tests;

/// <summary><c>infra/run-export.sh</c> with the real AWS CLI against the local servers.</summary>
public sealed class RunExportScriptTests
{
    [Fact]
    public async Task Script_EveryCommand_DoesWhatItSaysAndShowsNoSecret()
    {
        Assert.SkipUnless(OnPath("aws"), "The AWS CLI is not installed.");
        Assert.SkipUnless(OnPath("bash"), "bash is not installed.");
        var said = "";

        await LocalRuns.RunAsync(options => options with { SizeMb = 1 }, async (cloud, first) =>
        {
            var reports = Path.Combine(first.Folder, "downloaded");

            await RunAsync(0, "started by-hand", "start", "--snapshot", cloud.SnapshotArn, "--only", "world", "--par-hours", "2", "--name", "by-hand");
            Assert.Equal(
                $$"""{"snapshotArn":"{{cloud.SnapshotArn}}","exportOnly":["world"],"parHours":2}""",
                cloud.States.DescribeExecution(cloud.StateMachineArn.Replace(":stateMachine:", ":execution:", StringComparison.Ordinal) + ":by-hand").Input);
            var watched = await RunAsync(0, "by-hand: SUCCEEDED", "watch", "by-hand", "--interval", "1");
            Assert.Contains("COMPLETE 100 %", watched, StringComparison.Ordinal);
            Assert.Matches(@"(?m)^  plan    3 tables, 3 files, \d+ bytes, \d+ batches, 0 skipped$", watched);
            Assert.Matches(@"(?m)^  copy    (\d+) of \1 batches, 0 running, 0 failed$", watched);

            var report = await RunAsync(0, "3 loaded, 0 empty, 0 skipped, 0 failed; 5302 rows, ", "report", "by-hand", "--out", reports);
            Assert.Matches(@"(?m)^world +city +loaded +4079 +4079 +1 ", report);
            Assert.EndsWith(Path.Combine(reports, "report.html"), report.TrimEnd(), StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(reports, "report.html")));

            // The whole of the first run: skipped and empty tables, and a reason with an apostrophe and quotation marks.
            var whole = await RunAsync(0, "audit_log", "report", first.Execution, "--out", reports);
            Assert.Contains("discounts", whole, StringComparison.Ordinal);
            Assert.DoesNotContain("\\u00", whole, StringComparison.Ordinal);

            var missing = cloud.SnapshotArn[..cloud.SnapshotArn.LastIndexOf(":rds:", StringComparison.Ordinal)] + ":no-such";
            var failed = await RunAsync(1, "SnapshotNotFoundException", "start", "--snapshot", missing, "--name", "fails", "--watch", "--interval", "1");
            Assert.Contains($"RDS has no snapshot '{missing}'", failed, StringComparison.Ordinal);
            await RunAsync(1, "redriven fails", "redrive", "fails", "--watch", "--interval", "1");
            await RunAsync(2, "has no report", "report", "fails");
            await RunAsync(2, "only a run that did not succeed can be redriven", "redrive", "by-hand");

            var listed = await RunAsync(0, "by-hand", "list");
            Assert.Matches(@"(?m)^fails +FAILED +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d +\d{4}-", listed);
            Assert.DoesNotContain("by-hand", await RunAsync(0, "fails", "list", "--status", "FAILED"), StringComparison.Ordinal);

            var executions = cloud.States.ListExecutions(cloud.StateMachineArn, null, null, null, null).Executions.Count;
            await RunAsync(2, "must be arn:aws:rds:", "start", "--snapshot", "arn:aws:rds:us-east-1:123456789012:cluster:shop");
            await RunAsync(2, "is of region eu-west-1", "start", "--snapshot", "arn:aws:rds:eu-west-1:123456789012:snapshot:shop");
            await RunAsync(2, "--par-hours takes 1 to 168, not '999'", "start", "--snapshot", cloud.SnapshotArn, "--par-hours", "999");
            await RunAsync(2, "--target-schema 'world' must be SOURCE=TARGET", "start", "--snapshot", cloud.SnapshotArn, "--target-schema", "world");
            await RunAsync(
                0,
                $$"""{"snapshotArn":"{{cloud.SnapshotArn}}","exportOnly":["world","shop.orders"],"targetSchemas":{"world":"world_eu","a\"b":"c"},"newExport":true}""",
                "start", "--snapshot", cloud.SnapshotArn, "--only", "world,shop.orders", "--target-schema", "world=world_eu", "--target-schema", "a\"b=c", "--new-export", "--dry-run");
            await RunAsync(2, "the stack 'elsewhere' could not be read", "list", "--stack", "elsewhere");
            Assert.Equal(executions, cloud.States.ListExecutions(cloud.StateMachineArn, null, null, null, null).Executions.Count);

            Assert.All(cloud.Secrets(), secret => Assert.False(said.Contains(secret.Value, StringComparison.Ordinal), $"{secret.Key} was printed."));

            async Task<string> RunAsync(int status, string expected, params string[] arguments)
            {
                string[] stack = arguments.Contains("--stack") ? [] : ["--stack", AwsAccount.LocalStackName];
                var (code, text) = await ScriptAsync(cloud, [.. arguments, .. stack]);
                said += text;
                Assert.True(code == status, $"{string.Join(' ', arguments)} ended with {code}:\n{text}");
                Assert.Contains(expected, text, StringComparison.Ordinal);
                return text;
            }
        });
    }

    private static async Task<(int Status, string Text)> ScriptAsync(LocalCloud cloud, string[] arguments)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(Checkout.Find(AppContext.BaseDirectory), "infra", "run-export.sh"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in cloud.Aws.Environment().Concat(cloud.Account.Environment))
        {
            start.Environment[name] = value;
        }

        start.Environment["AWS_ENDPOINT_URL_SFN"] = cloud.StatesEndpoint.Endpoint.AbsoluteUri;
        start.Environment["AWS_CONFIG_FILE"] = "/dev/null";
        using var process = Process.Start(start)!;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        end.CancelAfter(TimeSpan.FromMinutes(20));
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(end.Token);
            var error = process.StandardError.ReadToEndAsync(end.Token);
            await process.WaitForExitAsync(end.Token);
            return (process.ExitCode, await output + await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static bool OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(folder => File.Exists(Path.Combine(folder, program)));
}
