using System.Globalization;
using SnapshotBridge.Announcing;
using SnapshotBridge.Aws;
using SnapshotBridge.Loading;
using SnapshotBridge.Oci;
using SnapshotBridge.Preflight;

namespace SnapshotBridge.LoadTables;

/// <summary>The checks that LoadTables makes with its own role, network, settings and secrets: its documents, the event bus, a PAR in the bucket, HeatWave.</summary>
internal static class LoadTablesPreflight
{
    /// <summary>A run is more patient; here somebody waits for the reason. One more than the client wants before it believes a 404.</summary>
    private const int Attempts = 5;

    /// <summary>For all checks together, cleaning up included.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    public static async Task<PreflightAnswer> RunAsync(
        PreflightRequest request,
        LoadTablesOptions options,
        S3DocumentStore documents,
        SecretReader secrets,
        IHeatWaveServer server,
        IRunAnnouncer announcer,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var list = new Checklist(time, cancellationToken);
        // This function may not delete in S3: PlanCopy removes the document when all have checked.
        await new StoreChecks(documents, options.ExportBucket, list).WriteAndReadAsync(request.DocumentFolder("load-tables"), request.CheckedId());
        await list.RunAsync("events", $"event bus '{options.EventBus}'", Remedies.Network, async token =>
        {
            await announcer.RehearseAsync(request.CheckedId(), token);
            return Finding.Ok($"took an event of type '{EventBridgeAnnouncer.RehearsalType}', which no rule for completed runs matches");
        });
        await ParAsync(request, options, secrets, time, list);
        await HeatWaveAsync(options, secrets, server, time, list);
        return new PreflightAnswer { Checks = list.Checks };
    }

    private static async Task ParAsync(PreflightRequest request, LoadTablesOptions options, SecretReader secrets, TimeProvider time, Checklist list)
    {
        var client = new OciClientOptions { Endpoint = options.OciEndpoint, Region = options.OciRegion, Time = time, MaxAttempts = Attempts };
        // The present value, not the one that a warm function keeps.
        secrets.Forget(options.OciSecretId);
        using var key = new OciKeyChecks(
            options.OciSecretId, options.OciNamespace, options.OciBucket, token => secrets.ReadTextAsync(options.OciSecretId, token), client, list);
        if (await key.OpenAsync(["oci.manifest", "par"]) is not { } bucket)
        {
            return;
        }

        var deadline = time.GetUtcNow() + Patience;
        using var requests = new OciPreauthenticatedRequests(key.Credentials, bucket, options, deadline, time);
        var storage = key.Storage;
        await new ParChecks(
            new OciDestination(storage, bucket, deadline),
            requests,
            (name, token) => storage.DeleteObjectAsync(bucket, name, ifMatch: null, deadline, token),
            time,
            list).RunAsync(request.DestinationFolder("load-tables"), request.CheckedId());
    }

    private static async Task HeatWaveAsync(LoadTablesOptions options, SecretReader secrets, IHeatWaveServer server, TimeProvider time, Checklist list)
    {
        var address = string.Create(CultureInfo.InvariantCulture, $"{options.HeatWaveHost}:{options.HeatWavePort}");
        secrets.Forget(options.HeatWaveSecretId);
        var hasLogin = await list.RunAsync("heatwave.secret", options.HeatWaveSecretId, Remedies.Role, async token =>
            Finding.Ok($"read; the user is {await secrets.ReadAsync(options.HeatWaveSecretId, SecretsJson.Default.HeatWaveCredentials, token)}"));
        var isReached = await list.RunAsync("heatwave.network", address, Remedies.Network, token =>
            NetworkProbe.ConnectAsync(options.HeatWaveHost, (int)options.HeatWavePort, time, token));
        if (!hasLogin || !isReached)
        {
            list.Skip("heatwave.login", address, hasLogin ? "the server cannot be reached" : "there is no usable login");
            return;
        }

        var isVerified = options.HeatWaveSslMode is HeatWaveSslMode.VerifyCA or HeatWaveSslMode.VerifyFull;
        await new HeatWaveChecks(server, address, $"HeatWaveSslMode {options.HeatWaveSslMode}", isVerified, options.Settings.Mode, options.Settings.Defaults, time, list).RunAsync();
    }
}
