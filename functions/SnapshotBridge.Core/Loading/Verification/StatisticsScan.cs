using System.Globalization;
using System.Text;
using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading.Verification;

/// <summary>
/// Asks the server for a table's figures: one statement, or one per <see cref="StatisticsSql.MostColumns"/> columns, and
/// one for each ENUM. What a statement with many columns is refused for is found by halving it: one column that the
/// server cannot aggregate keeps none of the others from being compared.
/// </summary>
internal sealed class StatisticsScan(IHeatWaveSession session, string schema, string table)
{
    /// <summary>Asks for all columns and has each compared.</summary>
    /// <exception cref="OperationCanceledException">The time was up.</exception>
    public async Task CompareAsync(IReadOnlyList<ComparedColumn> columns, StatisticsComparison comparison, CancellationToken cancellationToken)
    {
        var waiting = new Stack<IReadOnlyList<ComparedColumn>>(columns.Chunk(StatisticsSql.MostColumns).Reverse());
        while (waiting.TryPop(out var some))
        {
            try
            {
                await AskAsync(some, comparison, cancellationToken);
            }
            catch (BridgeException exception) when (Refusal(exception) is not null)
            {
                if (some.Count == 1)
                {
                    comparison.Refused(some[0], Refusal(exception)!);
                    continue;
                }

                waiting.Push([.. some.Skip(some.Count / 2)]);
                waiting.Push([.. some.Take(some.Count / 2)]);
            }
        }
    }

    private async Task AskAsync(IReadOnlyList<ComparedColumn> columns, StatisticsComparison comparison, CancellationToken cancellationToken)
    {
        var row = (await session.QueryAsync(
            new Sql(StatisticsSql.Figures(schema, table, columns)), $"read the smallest and largest values of {schema}.{table}", cancellationToken))[0];
        var rows = row.Number(0)!.Value;
        for (var index = 0; index < columns.Count; index++)
        {
            var (column, at) = (columns[index], 1 + (3 * index));
            var (minimum, maximum) = (Value(row, at + 1, column.As), Value(row, at + 2, column.As));
            if (column.As == ComparedAs.Label)
            {
                try
                {
                    (minimum, maximum) = await LabelsAsync(column, cancellationToken);
                }
                catch (BridgeException exception) when (Refusal(exception) is { } error)
                {
                    comparison.Refused(column, error);
                    column = column with { As = ComparedAs.Nothing };
                }
            }

            comparison.Compare(column, new LoadedFigures(rows - row.Number(at)!.Value, minimum, maximum));
        }
    }

    private async Task<(byte[]? Minimum, byte[]? Maximum)> LabelsAsync(ComparedColumn column, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(
            new Sql(StatisticsSql.Labels(schema, table, column)), $"read the labels of {schema}.{table}.{column.Served.Name}", cancellationToken);
        byte[]? minimum = null, maximum = null;
        foreach (var label in rows.Select(row => row.Text(0)).OfType<string>().Select(Encoding.UTF8.GetBytes))
        {
            minimum = minimum is null || label.AsSpan().SequenceCompareTo(minimum) < 0 ? label : minimum;
            maximum = maximum is null || label.AsSpan().SequenceCompareTo(maximum) > 0 ? label : maximum;
        }

        return (minimum, maximum);
    }

    private static object? Value(SqlRow row, int index, ComparedAs compared) => compared switch
    {
        ComparedAs.Nothing or ComparedAs.Label => null,
        ComparedAs.Double or ComparedAs.Single => row.Fraction(index) is { } number ? ComparedText.OfServer(number, compared) : null,
        ComparedAs.Text or ComparedAs.PaddedText => row.Text(index) is { } hex ? Convert.FromHexString(hex) : null,
        ComparedAs.TimeText => row.Text(index) is { } hex ? ComparedText.OfServer(Encoding.UTF8.GetString(Convert.FromHexString(hex)), compared) : null,
        _ => row.Text(index) is { } text ? ComparedText.OfServer(text, compared) : null,
    };

    /// <summary>What the server has against a statement; null where it was not the statement's fault.</summary>
    private static string? Refusal(BridgeException exception) => exception switch
    {
        HeatWaveStatementException refused when HeatWaveErrors.Kind(refused.Number) == HeatWaveErrorKind.Statement =>
            string.Create(CultureInfo.InvariantCulture, $"error {refused.Number}: {refused.ServerMessage}"),
        HeatWaveGrantMissingException refused => string.Create(CultureInfo.InvariantCulture, $"error {refused.Number}: {refused.ServerMessage}"),
        _ => null,
    };
}
