using System.Text.Json.Nodes;
using SnapshotBridge.Local.Cloud;
using SnapshotBridge.Local.Databases.Servers;
using SnapshotBridge.Local.Running;
using SnapshotBridge.Local.Scenarios;
using SnapshotBridge.Preflight;
using SnapshotBridge.PreflightTool;

namespace SnapshotBridge.EndToEnd.Tests;

/// <summary>One local deployment for all preflight tests; each puts right again what it made wrong.</summary>
public sealed class PreflightCloud : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("snapshot-bridge-preflight-");
    private LocalCloud? _cloud;

    internal static string Root { get; } = Checkout.Find(AppContext.BaseDirectory);

    internal LocalCloud Cloud
    {
        get
        {
            Assert.SkipWhen(MySqlBinary.TryFind() is null, "No MySQL-protocol server is installed (apt-get install mariadb-server-core, or SNAPSHOTBRIDGE_MYSQLD).");
            return _cloud!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (MySqlBinary.TryFind() is null)
        {
            return;
        }

        var options = new RunOptions { Root = Root, OutputFolder = _folder.FullName, SizeMb = 1 };
        _cloud = await LocalCloud.StartAsync(
            LocalRun.CloudOptions(options, ScenarioCatalogue.Find(null), _folder.FullName), observer: null, _ => { }, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cloud is not null)
        {
            await _cloud.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    /// <summary>One preflight in this process, and the lines as they were shown.</summary>
    internal async Task<(PreflightReport Report, string Shown)> RunAsync(string stack = LocalCloud.StackName, string? snapshot = null)
    {
        var shown = new List<string>();
        var report = await new PreflightRun(new LocalAccount(Cloud), line => shown.Add(PreflightReport.Text(line)))
            .RunAsync(stack, snapshot ?? Cloud.SnapshotArn, TestContext.Current.CancellationToken);
        AssertNoSecrets(string.Join('\n', shown) + report.ToJson());
        return (report, string.Join('\n', shown));
    }

    internal void AssertNoSecrets(string text) =>
        Assert.All(Cloud.Secrets(), secret => Assert.False(text.Contains(secret.Value, StringComparison.Ordinal), $"the preflight shows {secret.Key}"));

    /// <summary>Runs with something wrong; the line must say it, with the remedy, and the status must be 1.</summary>
    internal async Task FailsAsync(string where, string name, string detail, string remedy, string? snapshot = null)
    {
        var (report, shown) = await RunAsync(snapshot: snapshot);
        var check = Assert.Single(report.Lines, line => line.Where == where && line.Check.Name == name).Check;
        Assert.Equal(PreflightResult.Failed, check.Result);
        Assert.Contains(detail, check.Detail, StringComparison.Ordinal);
        Assert.Contains(remedy, check.Remedy, StringComparison.Ordinal);
        Assert.Contains($"FAILED   {where,-12} {name}", shown, StringComparison.Ordinal);
        Assert.Contains($"         remedy: {check.Remedy}", shown, StringComparison.Ordinal);
        Assert.Equal(1, report.ExitCode);
        Assert.StartsWith("PREFLIGHT FAILED", report.Summary, StringComparison.Ordinal);
    }

    internal void UseHeatWaveLogin(string user, string password) =>
        Cloud.Aws.Secrets.Store.Put(LocalCloud.HeatWaveSecretName, new JsonObject { ["username"] = user, ["password"] = password }.ToJsonString());
}
