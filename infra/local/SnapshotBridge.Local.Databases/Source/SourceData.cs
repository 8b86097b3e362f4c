using System.Diagnostics;
using MySqlConnector;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.Source;

/// <summary>What was created: rows per <c>schema.table</c>, and how long it took.</summary>
public sealed record SourceDataResult(IReadOnlyDictionary<string, long> Rows, TimeSpan Duration);

/// <summary>
/// Fills the server that plays Aurora with databases of our own making, the same on every run: <c>world</c>, <c>shop</c>
/// and <c>zoo</c>. Runs on MySQL and MariaDB.
/// </summary>
public static class SourceData
{
    /// <summary>Creates the schemas anew, dropping earlier ones of the same names.</summary>
    /// <param name="connectionString">An account that may create schemas, on a server with local_infile on.</param>
    /// <param name="options">How much.</param>
    /// <param name="cancellationToken">Ends the work; what was created so far stays.</param>
    public static async Task<SourceDataResult> FillAsync(string connectionString, SourceDataOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var watch = Stopwatch.StartNew();
        var builder = new MySqlConnectionStringBuilder(connectionString) { AllowLoadLocalInfile = true, AllowUserVariables = true, Pooling = false };
        await using var connection = await MySqlExtensions.OpenAsync(builder.ConnectionString, cancellationToken);
        // Without strictness zero dates go in, as they do on old Aurora databases; UTC because TIMESTAMP is shifted otherwise.
        await connection.ExecuteAsync("SET SESSION sql_mode='', time_zone='+00:00', foreign_key_checks=0, unique_checks=0", cancellationToken);
        await connection.ExecuteAsync("SET NAMES utf8mb4", cancellationToken);

        var rows = new Dictionary<string, long>(StringComparer.Ordinal);
        await new WorldSchema(connection, options.Seed).CreateAsync(rows, cancellationToken);
        if (options.Shop)
        {
            await new ShopSchema(connection, options).CreateAsync(rows, cancellationToken);
        }

        if (options.Zoo)
        {
            await new ZooSchema(connection).CreateAsync(rows, cancellationToken);
        }

        return new SourceDataResult(rows, watch.Elapsed);
    }
}
