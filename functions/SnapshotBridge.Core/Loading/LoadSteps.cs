using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Planning;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Loading;

/// <summary>What each table of a plan is declared as, and the statements that load it.</summary>
internal sealed class LoadSteps(ServerVersion version, CopyPlan plan, BridgeRequest request, LoadChoices choices)
{
    /// <summary>What a table is declared as; where its types are inferred, what they should have been.</summary>
    public TableDeclaration DeclarationOf(TableLoad table)
    {
        var planned = plan.Tables[table.Table];
        var declaration = ColumnDeclarations.For(planned, table.Columns, version, request.ColumnTypes.GetValueOrDefault(planned.FullName));
        return (table.UsesCompatibleTypes, table.Refusal) switch
        {
            (true, { } refusal) => declaration.WithCompatibleTypes([refusal]),
            (true, null) => declaration.WithCompatibleTypes(),
            _ => declaration,
        };
    }

    /// <summary>True where a table that a server refused can be declared with other types.</summary>
    public bool CanUseCompatibleTypes(TableLoad table) =>
        choices.Types == TypeMode.Faithful && !table.UsesCompatibleTypes && DeclarationOf(table).HasCompatibleTypes;

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

        if (table.Refusal is not { } refusal)
        {
            return declaration.Changes;
        }

        var before = DeclarationOf(table with { UsesCompatibleTypes = false }).Columns;
        var refused = before.Zip(declaration.Columns).Where(pair => pair.First.Type != pair.Second.Type).Select(pair => pair.Second.FileName).ToHashSet(StringComparer.Ordinal);
        return [.. declaration.Changes.Select(change => refused.Contains(change.Column) ? change with { Reason = $"{change.Reason}; the server had refused the first declaration: {refusal}" } : change)];
    }

    /// <summary>All statements of one load.</summary>
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
            new($"CREATE DATABASE IF NOT EXISTS {SqlText.Identifier(schema)} CHARACTER SET utf8mb4"),
            .. Load(table, schema, name, plan.Tables[table.Table].DestinationPrefix),
        ];
        return dropFirst
            ? [new(isView ? $"DROP VIEW IF EXISTS {SqlText.Table(schema, name)}" : LoadLedger.DropTable(schema, name)), .. steps]
            : steps;
    }

    private IReadOnlyList<LoadStep> Load(TableLoad table, string schema, string name, string prefix) =>
        choices.Types == TypeMode.Inferred
            ? [LoadStatements.Call(version, schema, name, prefix)]
            : LoadStatements.Declared(version, schema, name, DeclarationOf(table), prefix);
}
