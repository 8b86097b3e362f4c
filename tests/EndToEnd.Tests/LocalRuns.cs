using SnapshotBridge.Local.Cloud;
using SnapshotBridge.Local.Databases.Servers;
using SnapshotBridge.Local.Running;

// Each run starts two database servers and several processes: two at a time would only slow each other down.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace SnapshotBridge.EndToEnd.Tests;

/// <summary>Runs the whole pipeline as <c>infra/local/run.sh</c> does, and looks at what it left.</summary>
internal static class LocalRuns
{
    /// <summary>Runs with these options, and checks what must hold after every run whatever its end.</summary>
    public static async Task<RunOutcome> RunAsync(Func<RunOptions, RunOptions> adjust, Func<LocalCloud, RunOutcome, Task>? inspect = null)
    {
        Assert.SkipWhen(MySqlBinary.TryFind() is null, "No MySQL-protocol server is installed (apt-get install mariadb-server-core, or SNAPSHOTBRIDGE_MYSQLD).");
        var output = Directory.CreateTempSubdirectory("snapshot-bridge-e2e-");
        try
        {
            var view = new RecordingView();
            var options = adjust(new RunOptions
            {
                Root = Checkout.Find(AppContext.BaseDirectory),
                OutputFolder = output.FullName,
                SizeMb = 4,
            });
            return await LocalRun.ExecuteAsync(options, view, TestContext.Current.CancellationToken, async (cloud, outcome) =>
            {
                await CopiedBytes.AssertEqualAsync(cloud, mustBeComplete: outcome.Report is not null);
                Rights.AssertRequestsAreAllowed(cloud);
                Secrecy.AssertNothingLeaked(cloud, output.FullName, view.Text + outcome.LastLine);
                if (inspect is not null)
                {
                    await inspect(cloud, outcome);
                }
            });
        }
        finally
        {
            output.Delete(recursive: true);
        }
    }

    /// <summary>Runs a scenario; that it ended as designed is stated by the scenario itself, which throws otherwise.</summary>
    public static Task<RunOutcome> ScenarioAsync(string name, Func<LocalCloud, RunOutcome, Task>? inspect = null) =>
        RunAsync(options => options with { Scenario = name, SizeMb = null }, inspect);
}
