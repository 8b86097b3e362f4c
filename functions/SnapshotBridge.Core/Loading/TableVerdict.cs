using System.Globalization;
using SnapshotBridge.Loading.Declarations;

namespace SnapshotBridge.Loading;

/// <summary>What the server serves under the table's name after the CALL.</summary>
public sealed record ServedTable
{
    public required bool Exists { get; init; }

    /// <summary><c>COUNT(*)</c>, null where it could not be counted.</summary>
    public long? Rows { get; init; }

    /// <summary>Why it could not be counted.</summary>
    public string? CountError { get; init; }

    /// <summary>All columns as the data dictionary has them, also those that queries cannot use.</summary>
    public IReadOnlyList<DefinedColumn> Definition { get; init; } = [];

    /// <summary>The columns that queries can use.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary><c>rpd_tables.LOAD_STATUS</c>; null where the server has no such table or it may not be read.</summary>
    public string? RapidStatus { get; init; }

    /// <summary><c>rpd_tables.NROWS</c>.</summary>
    public long? RapidRows { get; init; }
}

/// <summary>The judgement over one table.</summary>
/// <param name="Reason">Why it failed; null when it is loaded.</param>
/// <param name="DroppedColumns">Columns of the export that the server does not serve.</param>
/// <param name="Warnings">What else HeatWave said, and the dropped columns in words.</param>
public sealed record TableVerdict(string? Reason, IReadOnlyList<string> DroppedColumns, IReadOnlyList<string> Warnings)
{
    private const string LoadedStatus = "AVAIL_RPDGSTABSTATE";

    public bool IsLoaded => Reason is null;

    /// <summary>
    /// HeatWave's CALL succeeds although tables failed, and a table may be missing from its report: the table itself is asked.
    /// </summary>
    /// <param name="facts">What the export holds and what was declared.</param>
    /// <param name="call">How the load ended; null for a table that an earlier run loaded.</param>
    /// <param name="served">What the server serves now.</param>
    public static TableVerdict Of(TableFacts facts, CallOutcome? call, ServedTable served)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(served);
        // MySQL compares column names without case.
        var dropped = served.Exists
            ? facts.Columns.Except(served.Columns, StringComparer.OrdinalIgnoreCase).ToList()
            : [];
        var expected = facts.Declaration is null
            ? []
            : facts.Declaration.Columns.Where(column => !column.IsLoadable).Select(column => column.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var warnings = call?.Warnings.ToList() ?? [];
        if (dropped.Count > 0)
        {
            warnings.Add($"HeatWave does not serve {(dropped.Count == 1 ? "column" : "columns")} {string.Join(", ", dropped)}");
        }

        return new TableVerdict(Reasoned(facts, call, served, dropped, expected), dropped, warnings);
    }

    private static string? Reasoned(TableFacts facts, CallOutcome? call, ServedTable served, List<string> dropped, HashSet<string> expected)
    {
        if (call?.Failure is { } failure)
        {
            return failure;
        }

        if (!served.Exists)
        {
            return "HeatWave did not create the table and gave no error";
        }

        if (facts.Declaration is { } declaration && DeclarationComparison.Differences(declaration, served.Definition) is { Count: > 0 } differences)
        {
            return $"its definition is not the declared one: {Few.Of([.. differences.Select(difference => difference.ToString())], 3)}";
        }

        if (served.RapidStatus is { } status && status != LoadedStatus)
        {
            return $"HeatWave's load status is {status} instead of {LoadedStatus}";
        }

        if (served.CountError is { } countError)
        {
            return $"its rows could not be counted: {countError}";
        }

        if (served.Rows != facts.Rows)
        {
            return string.Create(CultureInfo.InvariantCulture, $"HeatWave serves {served.Rows} rows but the export holds {facts.Rows}");
        }

        if (served.RapidRows is { } rapidRows && rapidRows != facts.Rows)
        {
            return string.Create(CultureInfo.InvariantCulture, $"HeatWave's memory holds {rapidRows} rows but the export holds {facts.Rows}");
        }

        if (facts.Declaration is not null && dropped.Where(column => !expected.Contains(column)).ToList() is { Count: > 0 } lost)
        {
            return $"HeatWave does not serve declared {(lost.Count == 1 ? "column" : "columns")} {Few.Of(lost)}";
        }

        return dropped.Count == facts.Columns.Count && dropped.Count > 0
            ? "HeatWave serves none of the export's columns"
            : null;
    }
}

/// <summary>What the export holds of a table.</summary>
/// <param name="Rows">The sum over the Parquet footers.</param>
/// <param name="Columns">The names that its columns have on the server.</param>
/// <param name="Declaration">What was declared; null where HeatWave infers the types.</param>
public sealed record TableFacts(long Rows, IReadOnlyList<string> Columns, TableDeclaration? Declaration);
