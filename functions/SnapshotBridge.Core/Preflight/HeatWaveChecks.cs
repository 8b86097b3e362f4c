using SnapshotBridge.Errors;
using SnapshotBridge.Loading;

namespace SnapshotBridge.Preflight;

/// <summary>What loading needs of HeatWave. It asks; nothing is created or changed on the server.</summary>
/// <param name="server">The server, with the loading user's own login.</param>
/// <param name="address">Host and port, for the lines.</param>
/// <param name="tlsMode">How the certificate is checked, in the setting's word.</param>
/// <param name="isVerified">False where that mode takes any certificate.</param>
/// <param name="mode">How loads are to run.</param>
/// <param name="list">Takes the lines.</param>
public sealed class HeatWaveChecks(IHeatWaveServer server, string address, string tlsMode, bool isVerified, LoadMode mode, Checklist list)
{
    private static readonly string[] AfterLogin = ["heatwave.tls", "heatwave.server", "heatwave.cluster", "heatwave.grants", "heatwave.events", "heatwave.ledger"];

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
            return Finding.Ok($"version {probe.Version.Text}, sys.heatwave_load may be called");
        });
        await list.RunAsync("heatwave.cluster", address, Remedies.Grants, token => ClusterAsync(session, token));
        await list.RunAsync("heatwave.grants", $"{session.User} at {address}", Remedies.Grants, token => GrantsAsync(session, token));
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

    private static async Task<Finding> ClusterAsync(IHeatWaveSession session, CancellationToken cancellationToken)
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

    /// <summary>The nodes where they can be read; null where the grant is missing, which another line says.</summary>
    private static async Task<Finding?> NodesAsync(IHeatWaveSession session, CancellationToken cancellationToken)
    {
        try
        {
            var nodes = await session.QueryAsync(new Sql("SELECT STATUS FROM performance_schema.rpd_nodes"), "read the nodes' state", cancellationToken);
            var down = nodes.Count(node => node.Text(0) != "AVAIL_RNSTATE");
            return nodes.Count == 0 || down > 0
                ? Finding.Failed($"{nodes.Count - down} of {nodes.Count} HeatWave nodes are available", "Wait until the cluster is active, or restart it.")
                : Finding.Ok($"the cluster is ON, with Lakehouse and {nodes.Count} available nodes");
        }
        catch (BridgeException failure) when (failure is HeatWaveStatementException or HeatWaveGrantMissingException)
        {
            return null;
        }
    }

    private async Task<Finding> GrantsAsync(IHeatWaveSession session, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(new Sql("SHOW GRANTS FOR CURRENT_USER()"), "read its own grants", cancellationToken);
        var lines = rows.Select(row => row.Text(0)!).ToList();
        var held = GrantSet.Parse(lines);
        var needed = mode == LoadMode.Connection ? RequiredGrant.OfServer : [.. RequiredGrant.OfServer, RequiredGrant.OfEvents];
        var missing = needed
            .Select(grant => (grant.Schema, Privileges: held.Missing(grant.Schema, grant.Privileges)))
            .Where(grant => grant.Privileges.Count > 0)
            .Select(grant => $"{string.Join(", ", grant.Privileges)} ON {grant.Schema}.*")
            .ToList();
        var targets = lines.Select(TargetSchema).OfType<string>().Where(schema => held.Missing(schema, RequiredGrant.OfTargetSchemas).Count == 0).Distinct(StringComparer.Ordinal).ToList();
        if (targets.Count == 0)
        {
            missing.Add($"{string.Join(", ", RequiredGrant.OfTargetSchemas)} on any target schema");
        }

        return missing.Count == 0
            ? Finding.Ok($"all that heatwave.sql grants; loads into {Few.Of(targets)}")
            : Finding.Failed(
                $"missing: {string.Join("; ", missing)}",
                lines.Exists(line => line.StartsWith("GRANT `", StringComparison.Ordinal))
                    ? $"{Remedies.Grants} Its roles are not looked into: grant to the user itself, or make the role a default one."
                    : Remedies.Grants);
    }

    /// <summary>The schema that a line grants on, where it may be one to load into.</summary>
    private static string? TargetSchema(string line)
    {
        var start = line.IndexOf(" ON ", StringComparison.Ordinal);
        var end = start < 0 ? -1 : line.IndexOf(".* TO ", start, StringComparison.Ordinal);
        if (end >= 0 && line[start..end].Replace("\\%", "", StringComparison.Ordinal).Contains('%', StringComparison.Ordinal))
        {
            // A pattern, such as that of a target schema's versions.
            return null;
        }

        var schema = end < 0 ? "" : line[(start + 4)..end].Trim('`').Replace("\\_", "_", StringComparison.Ordinal).Replace("\\%", "%", StringComparison.Ordinal);
        return schema is "" or "sys" or "performance_schema" or LedgerSql.Schema ? null : schema;
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
