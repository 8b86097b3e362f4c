using System.CommandLine;

namespace SnapshotBridge.PreflightTool;

/// <summary>Checks a deployed stack before its first run; see <c>infra/preflight.sh --help</c>. Status 0 where nothing failed, 1 where something did, 2 for wrong arguments.</summary>
public static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        var stack = new Option<string>("--stack") { Description = "The stack's name, as sam deploy used it.", HelpName = "NAME", Required = true };
        var snapshot = new Option<string?>("--snapshot") { Description = "A snapshot that is to be bridged; without it that check is skipped.", HelpName = "ARN" };
        var region = new Option<string?>("--region") { Description = "The stack's Region; else the AWS CLI's own.", HelpName = "REGION" };
        var profile = new Option<string?>("--profile") { Description = "The AWS CLI's profile.", HelpName = "PROFILE" };
        var json = new Option<bool>("--json") { Description = "Print one JSON document instead of lines." };
        var command = new RootCommand("Checks a deployed SnapshotBridge stack before its first run, with the functions' own roles, network, settings and secrets.")
        {
            stack, snapshot, region, profile, json,
        };
        command.SetAction(async (parsed, token) =>
        {
            var asJson = parsed.GetValue(json);
            var run = new PreflightRun(new AwsCli(parsed.GetValue(region), parsed.GetValue(profile)), line => Show(line, asJson));
            return Finish(await run.RunAsync(parsed.GetValue(stack)!, parsed.GetValue(snapshot), token), asJson);
        });
        var result = command.Parse(arguments);
        var status = await result.InvokeAsync();
        return result.Errors.Count > 0 ? 2 : status;
    }

    /// <summary>Prints a line as soon as it is there, unless all come as one document.</summary>
    public static void Show(PreflightLine line, bool asJson)
    {
        if (!asJson)
        {
            Console.WriteLine(PreflightReport.Text(line));
        }
    }

    /// <summary>Prints the end, and gives the process's status.</summary>
    public static int Finish(PreflightReport report, bool asJson)
    {
        ArgumentNullException.ThrowIfNull(report);
        Console.WriteLine(asJson ? report.ToJson() : report.Summary);
        return report.ExitCode;
    }
}
