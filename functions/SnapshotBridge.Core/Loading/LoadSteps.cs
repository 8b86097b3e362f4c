using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Loading.Publishing;
using SnapshotBridge.Planning;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Loading;

/// <summary>What each table of a plan is declared as, and the statements that load it.</summary>
internal sealed class LoadSteps(ServerVersion version, CopyPlan plan, BridgeRequest request, LoadChoices choices)
{
    /// <summary>
    /// Each try costs up to a whole load. A table that the server refuses once more gets the other types of all its columns, and
    /// with them its last try.
    /// </summary>
    public const int MostNamedRefusals = 4;

    /// <summary>What a table is declared as; where its types are inferred, what they should have been.</summary>
    public TableDeclaration DeclarationOf(TableLoad table)
    {
        var planned = plan.Tables[table.Table];
        return After(table.Refusals, ColumnDeclarations.For(planned, table.Columns, version, request.ColumnTypes.GetValueOrDefault(planned.FullName)));
    }

    /// <summary>The table for one more try after a refusal; null where no column gets another type by it.</summary>
    public TableLoad? AfterRefusal(TableLoad table, string refusal)
    {
        if (choices.Types != TypeMode.Faithful)
        {
            return null;
        }

        var next = table with { Refusals = [.. table.Refusals, refusal] };
        return DeclarationOf(next).Columns.SequenceEqual(DeclarationOf(table).Columns) ? null : next;
    }

    /// <summary>What a table is held against when it is judged.</summary>
    public TableFacts FactsOf(TableLoad table)
    {
        if (choices.Types == TypeMode.Inferred)
        {
            return new TableFacts(table.Rows, [.. table.Columns.Select(ColumnText.Name)], null);
        }

        var declaration = DeclarationOf(table);
        return new TableFacts(table.Rows, [.. declaration.Columns.Select(column => column.Name)], declaration);
    }

    /// <summary>The columns that are not what they were at the source, with the reason of each.</summary>
    public IReadOnlyList<TypeChange> ChangesOf(TableLoad table, ServedTable served)
    {
        var declaration = DeclarationOf(table);
        if (choices.Types == TypeMode.Inferred)
        {
            return
            [
                .. DeclarationComparison.Differences(declaration, served.Definition)
                    .Where(difference => difference is { Declared: not null, Found: not null })
                    .Select(difference => new TypeChange(difference.Column, difference.Declared!, difference.Found!, "HeatWave inferred it from the data; \"types\": \"faithful\" declares the source's")),
            ];
        }

        var refusals = RefusalsByColumn(table);
        return
        [
            .. declaration.Changes.Select(change => refusals.TryGetValue(change.Column, out var refusal)
                ? change with { Reason = $"{change.Reason}; the server had refused the first declaration: {refusal}" }
                : change),
        ];
    }

    /// <summary>By which of the server's errors each column got its other type.</summary>
    private Dictionary<string, string> RefusalsByColumn(TableLoad table)
    {
        var refusals = new Dictionary<string, string>(StringComparer.Ordinal);
        var before = DeclarationOf(table with { Refusals = [] }).Columns;
        for (var count = 1; count <= table.Refusals.Count; count++)
        {
            var after = DeclarationOf(table with { Refusals = [.. table.Refusals.Take(count)] }).Columns;
            foreach (var (_, column) in before.Zip(after).Where(pair => pair.First.Type != pair.Second.Type))
            {
                refusals.TryAdd(column.FileName, table.Refusals[count - 1]);
            }

            before = after;
        }

        return refusals;
    }

    private static TableDeclaration After(IReadOnlyList<string> refusals, TableDeclaration declaration) => refusals.Count switch
    {
        0 => declaration,
        <= MostNamedRefusals => declaration.WithCompatibleTypes(refusals),
        _ => declaration.WithCompatibleTypes(),
    };

    /// <summary>All statements of one load. The schema is there: see <see cref="TargetSchemas"/>.</summary>
    /// <param name="table">The table.</param>
    /// <param name="loadId">Its row in the queue.</param>
    /// <param name="dropFirst">Whether a table of ours stands under its name.</param>
    /// <param name="isView">Whether that is a view of ours.</param>
    public IReadOnlyList<LoadStep> Of(TableLoad table, string loadId, bool dropFirst, bool isView = false)
    {
        var (schema, name) = (table.TargetSchema, table.TargetTable);
        List<LoadStep> steps =
        [
            new(LedgerSql.Mark(loadId)),
            .. Load(table, schema, name, plan.Tables[table.Table].DestinationPrefix),
        ];
        return !dropFirst ? steps
            : isView ? [DropGuard.View(schema, name), new(ViewSql.DropView(schema, name)), .. steps]
            : [DropGuard.Table(schema, name), new(LoadLedger.DropTable(schema, name)), .. steps];
    }

    private IReadOnlyList<LoadStep> Load(TableLoad table, string schema, string name, string prefix) =>
        choices.Types == TypeMode.Inferred
            ? [LoadStatements.Call(version, schema, name, prefix)]
            : LoadStatements.Declared(version, schema, name, DeclarationOf(table), prefix);
}
