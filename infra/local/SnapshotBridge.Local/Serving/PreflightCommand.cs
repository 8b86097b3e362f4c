using SnapshotBridge.Local.Cloud;
using SnapshotBridge.Local.Running;
using SnapshotBridge.Local.Scenarios;
using SnapshotBridge.PreflightTool;

namespace SnapshotBridge.Local.Serving;

/// <summary><c>--preflight</c>: the preflight of a deployment, against the local servers.</summary>
internal static class PreflightCommand
{
    /// <summary>The source is not exported: the least will do.</summary>
    private const double SourceMb = 1;

    public static async Task<int> RunAsync(RunOptions options, bool asJson, CancellationToken cancellationToken)
    {
        var logs = Directory.CreateTempSubdirectory("snapshot-bridge-preflight-");
        try
        {
            var cloudOptions = LocalRun.CloudOptions(options, ScenarioCatalogue.Find(null), logs.FullName) with { SizeMb = options.SizeMb ?? SourceMb };
            // The report alone goes to the standard output, so that it can be read as one document.
            await using var cloud = await LocalCloud.StartAsync(cloudOptions, observer: null, System.Console.Error.WriteLine, cancellationToken);
            var run = new PreflightRun(new LocalAccount(cloud), line => PreflightTool.Program.Show(line, asJson));
            return PreflightTool.Program.Finish(await run.RunAsync(LocalCloud.StackName, options.Snapshot ?? cloud.SnapshotArn, cancellationToken), asJson);
        }
        catch (Exception problem) when (problem is IOException or ArgumentException or LocalRunException)
        {
            System.Console.WriteLine($"RUN FAILED error={problem.GetType().Name} state=setup cause={problem.Message}");
            return 1;
        }
        finally
        {
            logs.Delete(recursive: true);
        }
    }
}
