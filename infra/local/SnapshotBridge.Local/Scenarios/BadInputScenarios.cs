using System.Text.Json.Nodes;
using SnapshotBridge.Local.Aws.Rds;
using SnapshotBridge.Local.Cloud;
using SnapshotBridge.Local.Oci;

namespace SnapshotBridge.Local.Scenarios;

/// <summary>What people and files can get wrong; each ends with a typed error that names the value and the remedy.</summary>
internal static class BadInputScenarios
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        Fails("snapshot-creating", "The snapshot is still being created.", "StartExport", "SnapshotNotReadyException", cloud =>
            cloud.Aws.RdsStore.SetSnapshotStatus(cloud.SnapshotArn, "creating")),
        Fails("wrong-oci-key", "The secret holds an API key that OCI does not know.", "CopyTable", "OciAuthenticationFailedException", cloud =>
            cloud.Aws.Secrets.Store.Put(LocalCloud.OciSecretName, new OciUser(cloud.OciUser.Tenancy, cloud.OciUser.User, OciKeyPair.Generate()).SecretJson())),
        Fails("wrong-heatwave-password", "The secret holds a wrong password.", "LoadTables", "HeatWaveAccessDeniedException", cloud =>
            cloud.Aws.Secrets.Store.Put(LocalCloud.HeatWaveSecretName, new JsonObject { ["username"] = cloud.HeatWave.LoaderUser, ["password"] = "not-the-password" }.ToJsonString())),
        Fails("missing-bucket", "The OCI bucket does not exist.", "CopyTable", "OciBucketNotFoundException") with
        {
            Adjust = options => options with { Settings = CopyScenarios.With(options.Settings, ("OCI_BUCKET", "no-such-bucket")) },
        },
        Fails("missing-settings", "Two settings of StartExport are missing and one is malformed.", "StartExport", "InvalidOptionsException") with
        {
            Adjust = options => options with
            {
                Settings = CopyScenarios.With(options.Settings, ("EXPORT_ROLE_ARN", ""), ("EXPORT_KMS_KEY_ID", ""), ("EXPORT_DEADLINE_HOURS", "soon")),
            },
        },
        Fails("par-lists-nothing", "The PAR lists nothing.", "LoadTables", "ParListingEmptyException", cloud =>
            cloud.Oci.Faults.Add(new OciFaultAction.ListNothing(), request => request.ThroughPar, times: int.MaxValue)),
        Fails("truncated-parquet", "One exported Parquet file is cut off.", "CopyTable", "ParquetFileInvalidException", cloud =>
            cloud.Aws.RdsStore.Engine = new TruncatingEngine(cloud.Aws.RdsStore.Engine!)),
    ];

    private static Scenario Fails(string name, string summary, string state, string error, Action<LocalCloud>? provoke = null) =>
        new(name, $"{summary} Fails in {state} with {error}.", async (run, token) =>
        {
            provoke?.Invoke(run.Cloud);
            var outcome = await run.RunAsync(token);
            run.Expect(
                !outcome.Succeeded && outcome.Error == error && outcome.State == state,
                $"the run fails in {state} with {error}",
                $"it ended with {outcome.LastLine}");
            return outcome;
        });

    /// <summary>An exporter whose first Parquet file of one table loses its last bytes.</summary>
    private sealed class TruncatingEngine(IExportEngine engine) : IExportEngine
    {
        public Task<ExportResult> ExportAsync(ExportJob job, IExportTarget target, IProgress<int> percent, CancellationToken cancellationToken) =>
            engine.ExportAsync(job, new TruncatingTarget(target), percent, cancellationToken);
    }

    private sealed class TruncatingTarget(IExportTarget target) : IExportTarget
    {
        private const int LostBytes = 100;

        public async Task PutAsync(string key, Stream content, CancellationToken cancellationToken)
        {
            if (!key.Contains("/world.city/", StringComparison.Ordinal) || !key.EndsWith(".parquet", StringComparison.Ordinal))
            {
                await target.PutAsync(key, content, cancellationToken);
                return;
            }

            using var whole = new MemoryStream();
            await content.CopyToAsync(whole, cancellationToken);
            whole.SetLength(whole.Length - LostBytes);
            whole.Position = 0;
            await target.PutAsync(key, whole, cancellationToken);
        }
    }
}
