using System.Globalization;
using SnapshotBridge.Errors;
using SnapshotBridge.Loading;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Preflight;

/// <summary>What loading needs of HeatWave. It asks; nothing is created or changed on the server.</summary>
/// <param name="server">The server, with the loading user's own login.</param>
/// <param name="address">Host and port, for the lines.</param>
/// <param name="tlsMode">How the certificate is checked, in the setting's word.</param>
/// <param name="isVerified">False where that mode takes any certificate.</param>
/// <param name="mode">How loads are to run.</param>
/// <param name="choices">How tables are loaded where a request does not say.</param>
/// <param name="time">The function's clock.</param>
/// <param name="list">Takes the lines.</param>
public sealed class HeatWaveChecks(IHeatWaveServer server, string address, string tlsMode, bool isVerified, LoadMode mode, LoadChoices choices, TimeProvider time, Checklist list)
{
    /// <summary>Far below the hours that a PAR lives, far above what NTP leaves.</summary>
    private static readonly TimeSpan MostSkew = TimeSpan.FromMinutes(1);

    /// <summary>From here on a load of any size may find the nodes full.</summary>
    private const double FullMemory = 0.8;

    private static readonly string[] AfterLogin = ["heatwave.tls", "heatwave.server", "heatwave.clock", "heatwave.cluster", "heatwave.grants", "heatwave.events", "heatwave.ledger"];

    public async Task RunAsync()
    {
        IHeatWaveSession? opened = null;
        var isIn = await list.RunAsync("heatwave.login", address, Remedies.Network, async token =>
        {
            opened = await server.OpenAsync(token);
            return Finding.Ok($"logged in as {opened.User}");
        });
        if (!isIn || opened is null)
        {
            foreach (var name in AfterLogin)
            {
                list.Skip(name, address, "there is no connection");
            }

            return;
        }

        await using var session = opened;
        await list.RunAsync("heatwave.tls", address, Remedies.Network, token => TlsAsync(session, token));
        ServerProbe? probe = null;
        var isServer = await list.RunAsync("heatwave.server", address, Remedies.Grants, async token =>
        {
            probe = await ServerProbe.AskAsync(session, token);
            return Version(probe.Version);
        });
        await list.RunAsync("heatwave.clock", address, Remedies.Grants, token => ClockAsync(session, token));
        await list.RunAsync("heatwave.cluster", address, Remedies.Grants, token => ClusterAsync(session, token));
        await list.RunAsync("heatwave.grants", $"{session.User} at {address}", Remedies.Grants, token => new GrantChecks(mode, choices.Publish).RunAsync(session, token));
        if (isServer && probe is not null)
        {
            await list.RunAsync("heatwave.events", address, Remedies.Grants, _ => Task.FromResult(Events(probe)));
        }
        else
        {
            list.Skip("heatwave.events", address, "the server's settings could not be read");
        }

        await list.RunAsync("heatwave.ledger", $"schema {LedgerSql.Schema} at {address}", Remedies.Grants, token => LedgerAsync(session, token));
    }

    private async Task<Finding> TlsAsync(IHeatWaveSession session, CancellationToken cancellationToken)
    {
        // SHOW and not a SELECT: it needs no grant anywhere.
        var status = (await session.QueryAsync(new Sql("SHOW SESSION STATUS LIKE 'Ssl\\_%'"), "read the connection's cipher", cancellationToken))
            .ToDictionary(row => row.Text(0)!, row => row.Text(1) ?? "", StringComparer.OrdinalIgnoreCase);
        if (status.GetValueOrDefault("Ssl_cipher") is not { Length: > 0 } cipher)
        {
            return Finding.Failed($"the connection is not encrypted ({tlsMode})", "Set HeatWaveSslMode to VerifyFull: data, statements and PARs would be readable on the way.");
        }

        var text = $"{status.GetValueOrDefault("Ssl_version", "TLS")} with {cipher} ({tlsMode})";
        return isVerified
            ? Finding.Ok(text)
            : Finding.Warning(text, "Set HeatWaveSslMode to VerifyFull or VerifyCA with HeatWaveCaFile: in this mode anybody in between can read along.");
    }

    private static Finding Version(ServerVersion version) => (version.HasLakehouse, version.IsCloud) switch
    {
        (false, _) => Finding.Failed($"version {version.Text} has no Lakehouse for Parquet, which came with 8.0.33-u3", "Upgrade the DB System, best to the newest version."),
        (_, false) => Finding.Warning(
            $"version {version.Text}, sys.heatwave_load is there, but the version is none of HeatWave's own, which end in -cloud",
            "Compare HeatWaveHost with the DB System's endpoint. On the local stand-in this line is expected."),
        _ => Finding.Ok($"version {version.Text}, sys.heatwave_load is there"),
    };

    /// <summary>A load's times are the server's, a PAR's end is Object Storage's.</summary>
    private async Task<Finding> ClockAsync(IHeatWaveSession session, CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow();
        var rows = await session.QueryAsync(new Sql("SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)"), "read the server's clock", cancellationToken);
        // The answer took as long to come as it is not known to be old.
        var here = before + ((time.GetUtcNow() - before) / 2);
        var skew = DateTimeOffset.FromUnixTimeMilliseconds(rows[0].Number(0) ?? 0) - here;
        var text = string.Create(CultureInfo.InvariantCulture, $"it differs from the function's by {Math.Abs(skew.TotalSeconds):0.0} s");
        return skew.Duration() <= MostSkew
            ? Finding.Ok(text)
            : Finding.Failed(text, "Set the server's clock (NTP): tables are recognised again by when they were created, and PARs end by the clock of Object Storage.");
    }

    private async Task<Finding> ClusterAsync(IHeatWaveSession session, CancellationToken cancellationToken)
    {
        // HeatWave User Guide, "Status Variables": rapid_service_status ONLINE, rapid_cluster_status ON.
        var status = (await session.QueryAsync(new Sql("SHOW GLOBAL STATUS LIKE 'rapid%'"), "read the HeatWave cluster's state", cancellationToken))
            .ToDictionary(row => row.Text(0)!, row => row.Text(1) ?? "", StringComparer.OrdinalIgnoreCase);
        if (status.Count == 0)
        {
            return Finding.Warning(
                "the server has no rapid_ status variables: it is no HeatWave DB System, or has no cluster",
                "Add a HeatWave cluster with Lakehouse to the DB System. On the local stand-in this line is expected.");
        }

        if (status.GetValueOrDefault("rapid_cluster_status") is { } cluster && !cluster.Equals("ON", StringComparison.OrdinalIgnoreCase))
        {
            return Finding.Failed($"rapid_cluster_status is {cluster}, rapid_service_status {status.GetValueOrDefault("rapid_service_status", "unknown")}", "Start the HeatWave cluster of the DB System.");
        }

        // Inferred: a server without Lakehouse answers ENGINE=lakehouse with error 1286, unknown engine.
        var engines = await session.QueryAsync(
            new Sql("SELECT SUPPORT FROM information_schema.ENGINES WHERE UPPER(ENGINE) = 'LAKEHOUSE'"), "look for the engine LAKEHOUSE", cancellationToken);
        if (engines.Count == 0 || engines[0].Text(0) is not ("YES" or "DEFAULT"))
        {
            return Finding.Failed("the cluster runs, but the engine LAKEHOUSE is not there", "Enable Lakehouse on the HeatWave cluster (OCI console, HeatWave cluster, Edit; or isLakehouseEnabled).");
        }

        return await NodesAsync(session, cancellationToken) is { } nodes
            ? nodes
            : Finding.Ok("the cluster is ON, with Lakehouse");
    }

    /// <summary>The share of the nodes' memory that is in use, 0 to 1; null where the server does not tell.</summary>
    private static double? MemoryInUse(IReadOnlyList<SqlRow> nodes)
    {
        var total = nodes.Sum(node => node.Fraction(2) ?? 0);
        return total > 0 ? nodes.Sum(node => node.Fraction(1) ?? 0) / total : null;
    }

    /// <summary>The nodes where they can be read; null where the grant is missing, which another line says.</summary>
    private async Task<Finding?> NodesAsync(IHeatWaveSession session, CancellationToken cancellationToken)
    {
        try
        {
            var nodes = await session.QueryAsync(new Sql("SELECT STATUS, MEMORY_USAGE, MEMORY_TOTAL FROM performance_schema.rpd_nodes"), "read the nodes' state", cancellationToken);
            var down = nodes.Count(node => node.Text(0) != "AVAIL_RNSTATE");
            if (nodes.Count == 0 || down > 0)
            {
                return Finding.Failed($"{nodes.Count - down} of {nodes.Count} HeatWave nodes are available", "Wait until the cluster is active, or restart it.");
            }

            var text = $"the cluster is ON, with Lakehouse and {nodes.Count} available nodes";
            if (MemoryInUse(nodes) is not { } used)
            {
                return Finding.Ok(text);
            }

            text += string.Create(CultureInfo.InvariantCulture, $"; {used * 100:0} % of their memory is in use");
            return used <= FullMemory
                ? Finding.Ok(text)
                : Finding.Warning(
                    text,
                    choices.Publish == PublishMode.Swap
                        ? "With publish swap a run holds two versions at once: add nodes, lower KeepVersions, or load with publish replace."
                        : "A load fails when the memory is full: add nodes, or unload tables that nobody queries.");
        }
        catch (BridgeException failure) when (failure is HeatWaveStatementException or HeatWaveGrantMissingException)
        {
            return null;
        }
    }

    private Finding Events(ServerProbe probe) => (mode, probe.EventSchedulerRuns) switch
    {
        (LoadMode.Connection, _) => Finding.Skipped("LoadMode is connection: loads need no events, and each table must load within one invocation"),
        (_, true) => Finding.Ok("event_scheduler is ON"),
        (LoadMode.Event, _) => Finding.Failed("event_scheduler is OFF, and LoadMode is event", "Set event_scheduler=ON in the DB System's configuration, or LoadMode to auto."),
        _ => Finding.Warning(
            "event_scheduler is OFF: loads run on the function's connection",
            "Set event_scheduler=ON in the DB System's configuration where a table may load for longer than 14 minutes."),
    };

    private static async Task<Finding> LedgerAsync(IHeatWaveSession session, CancellationToken cancellationToken)
    {
        var tables = (await session.QueryAsync(
            new Sql("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = @schema ORDER BY TABLE_NAME", ("schema", LedgerSql.Schema)),
            "look for the bookkeeping schema",
            cancellationToken)).Select(row => row.Text(0)!).ToList();
        var foreign = tables.Except(LedgerSql.Tables, StringComparer.OrdinalIgnoreCase).ToList();
        return (tables.Count, foreign.Count) switch
        {
            (0, _) => Finding.Ok("the name is free; the first load creates it"),
            (_, 0) => Finding.Ok("it holds SnapshotBridge's bookkeeping of earlier loads"),
            _ => Finding.Failed($"it holds tables that are not SnapshotBridge's: {Few.Of(foreign)}", $"Rename them: the schema {LedgerSql.Schema} is for the bookkeeping alone."),
        };
    }
}
