namespace SnapshotBridge.Loading;

/// <summary>What one server is and can, asked before anything is created on it.</summary>
internal sealed record ServerProbe(ServerVersion Version, bool EventSchedulerRuns, StringComparer Names, bool HasRapidTables)
{
    public static async Task<ServerProbe> AskAsync(IHeatWaveSession session, CancellationToken cancellationToken)
    {
        var variables = (await session.QueryAsync(
            new Sql("SELECT @@version, @@global.event_scheduler, @@lower_case_table_names"), "read the server's version", cancellationToken))[0];
        var version = ServerVersion.Parse(variables.Text(0)!, session.Server);
        var procedures = await session.QueryAsync(
            new Sql("SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'sys' AND ROUTINE_NAME = 'heatwave_load'"),
            "look for sys.heatwave_load",
            cancellationToken);
        if (procedures[0].Number(0) == 0)
        {
            throw new HeatWaveNotAvailableException(
                session.Server,
                $"it has no procedure sys.heatwave_load that the user {session.User} may execute (error {HeatWaveErrors.NoSuchProcedure}), version {version.Text}");
        }

        return new ServerProbe(
            version,
            string.Equals(variables.Text(1), "ON", StringComparison.OrdinalIgnoreCase),
            variables.Number(2) == 0 ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase,
            await HasRapidTablesAsync(session, cancellationToken));
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
            // Not HeatWave's own server, or no SELECT on performance_schema: rows and columns are still checked.
            return false;
        }
    }
}
