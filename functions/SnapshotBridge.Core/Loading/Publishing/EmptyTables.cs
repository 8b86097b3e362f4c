using System.Globalization;
using SnapshotBridge.Loading.Declarations;

namespace SnapshotBridge.Loading.Publishing;

/// <summary>
/// Tables of the source that hold no rows. RDS writes no file for them and HeatWave makes no Lakehouse table of none
/// (errors 6068, 6098), but queries and views name them: each becomes an ordinary table with the declared columns, empty.
/// </summary>
internal sealed class EmptyTables(IHeatWaveSession session, LoadLedger ledger, ServerVersion version)
{
    /// <summary>Stands in the ledger where the id of a load stands for other tables.</summary>
    public const string LoadId = "empty";

    // A highly available DB System takes no table without a primary key (sql_require_primary_key).
    private const int PrimaryKeyNeeded = 3750;

    /// <summary>The statement that makes the table.</summary>
    /// <param name="schema">The target schema.</param>
    /// <param name="table">The target table.</param>
    /// <param name="declaration">Its columns.</param>
    /// <param name="withKey">Whether it gets a primary key that no query sees.</param>
    public static string Create(string schema, string table, TableDeclaration declaration, bool withKey)
    {
        var key = withKey ? ", `snapshotbridge_row` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT INVISIBLE PRIMARY KEY" : "";
        return $"CREATE TABLE {SqlText.Table(schema, table)} ({DeclarationSql.Columns(declaration)}{key}) ENGINE=InnoDB SECONDARY_ENGINE=rapid";
    }

    /// <summary>Makes the table unless this export has made it before; an earlier snapshot's table of ours goes just before. The schema is there.</summary>
    /// <param name="table">The table as the export tells it, without rows.</param>
    /// <param name="declaration">Its columns; none where the export does not tell them.</param>
    /// <param name="exportTaskId">The export.</param>
    /// <param name="mark">What the ledger says of a table of ours that stands there; null where none does.</param>
    /// <param name="isView">Whether a view of ours stands there.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    public async Task<TableLoad> MakeAsync(
        TableLoad table, TableDeclaration declaration, string exportTaskId, TableMark? mark, bool isView, CancellationToken cancellationToken)
    {
        var (schema, name) = (table.TargetSchema, table.TargetTable);
        var settled = table with
        {
            Reason = string.Create(CultureInfo.InvariantCulture, $"it holds no rows; it is there with its {declaration.Columns.Count} declared columns"),
            TypeChanges = declaration.Changes,
        };
        if (mark is { RowsVerified: 0, LoadId: LoadId } && mark.ExportTaskId == exportTaskId)
        {
            return settled;
        }

        if (isView)
        {
            await session.ExecuteAsync(new Sql(ViewSql.DropView(schema, name)), $"drop the view {schema}.{name}", cancellationToken);
        }
        else if (mark is not null)
        {
            await ledger.DropAsync(schema, name, cancellationToken);
        }

        await ledger.MarkEmptyAsync(schema, name, exportTaskId, cancellationToken);
        try
        {
            await CreateAsync(schema, name, declaration, cancellationToken);
        }
        catch (HeatWaveStatementException exception)
        {
            await ledger.FailedAsync(schema, name, LoadId, createdAt: null, cancellationToken);
            return table with { Warnings = [.. table.Warnings, Refused("create it as an empty table", exception)] };
        }

        await ledger.VerifiedAsync(schema, name, LoadId, rows: 0, cancellationToken);
        try
        {
            await session.ExecuteAsync(new Sql(LoadStatements.SecondaryLoad(version, schema, name).Head), $"load the empty table {schema}.{name}", cancellationToken);
        }
        catch (HeatWaveStatementException exception)
        {
            // It is there and empty either way, and a query of it alone runs in MySQL.
            return settled with { Warnings = [.. settled.Warnings, Refused("load it into HeatWave, so that a query that joins it with a Lakehouse table fails: those are read in HeatWave only", exception)] };
        }

        return settled;
    }

    private async Task CreateAsync(string schema, string name, TableDeclaration declaration, CancellationToken cancellationToken)
    {
        var action = $"create the empty table {schema}.{name}";
        try
        {
            await session.ExecuteAsync(new Sql(Create(schema, name, declaration, withKey: false)), action, cancellationToken);
        }
        catch (HeatWaveStatementException exception) when (exception.Number == PrimaryKeyNeeded)
        {
            await session.ExecuteAsync(new Sql(Create(schema, name, declaration, withKey: true)), action, cancellationToken);
        }
    }

    private static string Refused(string what, HeatWaveStatementException exception) =>
        string.Create(CultureInfo.InvariantCulture, $"the table holds no rows, and the server refused to {what}: error {exception.Number}: {exception.ServerMessage}");
}
