namespace SnapshotBridge.Loading;

/// <summary>What one server is and can, asked before anything is created on it.</summary>
/// <param name="Version">Its version.</param>
/// <param name="IsCloud">Whether it calls itself a server of MySQL HeatWave.</param>
/// <param name="EventSchedulerRuns">Whether events begin.</param>
/// <param name="Names">How it compares the names of schemas and tables.</param>
/// <param name="HasRapidTables">Whether it tells what HeatWave holds.</param>
/// <param name="HasTaskApi">Whether the user may start tasks.</param>
/// <param name="Clock">Its time when it was asked, in whole seconds.</param>
/// <param name="FreeConnections">Connections that it would still accept.</param>
internal sealed record ServerProbe(
    ServerVersion Version, bool IsCloud, bool EventSchedulerRuns, StringComparer Names, bool HasRapidTables, bool HasTaskApi, DateTimeOffset Clock, int FreeConnections)
{
    /// <exception cref="HeatWaveNotAvailableException">It is no HeatWave, or too old a one.</exception>
    public static async Task<ServerProbe> AskAsync(IHeatWaveSession session, CancellationToken cancellationToken)
    {
        var variables = (await session.QueryAsync(
            new Sql("SELECT @@version, @@global.event_scheduler, @@lower_case_table_names, @@version_comment, FLOOR(UNIX_TIMESTAMP()), @@global.max_connections"),
            "read the server's version",
            cancellationToken))[0];
        var version = ServerVersion.Parse(variables.Text(0)!, session.Server);
        var comment = variables.Text(3) ?? "";
        await RequireHeatWaveAsync(session, version, comment, cancellationToken);
        var open = await session.QueryAsync(new Sql("SHOW GLOBAL STATUS LIKE 'Threads_connected'"), "read the server's connections", cancellationToken);
        return new ServerProbe(
            version,
            IsCloudServer(version, comment),
            string.Equals(variables.Text(1), "ON", StringComparison.OrdinalIgnoreCase),
            variables.Number(2) == 0 ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase,
            await HasRapidTablesAsync(session, cancellationToken),
            version.HasTaskApi && await HasProcedureAsync(session, "mysql_tasks", "execute_prepared_stmt_async", cancellationToken),
            DateTimeOffset.FromUnixTimeSeconds(variables.Number(4)!.Value),
            (int)Math.Max(0, (variables.Number(5) ?? int.MaxValue) - (open.Count == 0 ? 0 : open[0].Number(1) ?? 0)));
    }

    /// <exception cref="HeatWaveNotAvailableException">The HeatWave cluster does not run, or has no Lakehouse.</exception>
    public async Task RequireLakehouseAsync(IHeatWaveSession session, CancellationToken cancellationToken)
    {
        var status = (await session.QueryAsync(new Sql("SHOW GLOBAL STATUS LIKE 'rapid%'"), "read the HeatWave cluster's state", cancellationToken))
            .ToDictionary(row => row.Text(0)!, row => row.Text(1) ?? "", StringComparer.OrdinalIgnoreCase);
        if (status.Count == 0)
        {
            // Without its status variables, a cluster shows by its tables.
            if (IsCloud && !HasRapidTables)
            {
                throw new HeatWaveNotAvailableException(session.Server, $"the DB System (version {Version.Text}) has no HeatWave cluster; add one with Lakehouse enabled");
            }

            return;
        }

        // HeatWave User Guide, "Status Variables": rapid_service_status ONLINE, rapid_cluster_status ON.
        if (status.GetValueOrDefault("rapid_cluster_status") is { } cluster && !cluster.Equals("ON", StringComparison.OrdinalIgnoreCase))
        {
            throw new HeatWaveNotAvailableException(
                session.Server, $"its HeatWave cluster is {cluster} (rapid_service_status {status.GetValueOrDefault("rapid_service_status", "unknown")}); start the cluster");
        }

        // Inferred: a server without Lakehouse does not list the engine, and answers ENGINE=lakehouse with error 1286.
        var engines = await session.QueryAsync(
            new Sql("SELECT SUPPORT FROM information_schema.ENGINES WHERE UPPER(ENGINE) = 'LAKEHOUSE'"), "look for the engine LAKEHOUSE", cancellationToken);
        if (engines.Count == 0 || engines[0].Text(0) is not ("YES" or "DEFAULT"))
        {
            throw new HeatWaveNotAvailableException(session.Server, "its HeatWave cluster runs without Lakehouse; enable Lakehouse on the cluster");
        }
    }

    // MySQL Shell's plugins tell a HeatWave DB System by these two.
    private static bool IsCloudServer(ServerVersion version, string comment) => version.IsCloud || comment.Contains("Cloud", StringComparison.OrdinalIgnoreCase);

    private static async Task RequireHeatWaveAsync(IHeatWaveSession session, ServerVersion version, string comment, CancellationToken cancellationToken)
    {
        var isCloud = IsCloudServer(version, comment);
        var says = $"version {version.Text}, '{comment}'";
        if (!await HasProcedureAsync(session, "sys", "heatwave_load", cancellationToken))
        {
            throw new HeatWaveNotAvailableException(
                session.Server,
                isCloud
                    ? $"it has no procedure sys.heatwave_load that the user {session.User} may execute (error {HeatWaveErrors.NoSuchProcedure}), {says}"
                    : $"it is no MySQL HeatWave DB System: {says}, and there is no procedure sys.heatwave_load that the user {session.User} may execute (error {HeatWaveErrors.NoSuchProcedure})");
        }

        if (!version.HasLakehouse)
        {
            throw new HeatWaveNotAvailableException(session.Server, $"Lakehouse for Parquet came with 8.0.33-u3, and this is {says}; upgrade the DB System");
        }
    }

    private static async Task<bool> HasProcedureAsync(IHeatWaveSession session, string schema, string name, CancellationToken cancellationToken)
    {
        var found = await session.QueryAsync(
            new Sql("SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = @schema AND ROUTINE_NAME = @name", ("schema", schema), ("name", name)),
            $"look for {schema}.{name}",
            cancellationToken);
        return found[0].Number(0) > 0;
    }

    private static async Task<bool> HasRapidTablesAsync(IHeatWaveSession session, CancellationToken cancellationToken)
    {
        try
        {
            await session.QueryAsync(new Sql("SELECT 1 FROM performance_schema.rpd_tables LIMIT 1"), "look for rpd_tables", cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is HeatWaveStatementException or HeatWaveGrantMissingException)
        {
            // No SELECT on performance_schema: rows and columns are still checked.
            return false;
        }
    }
}
