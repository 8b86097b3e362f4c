namespace SnapshotBridge.Loading.Publishing;

/// <summary>
/// The statements that switch several views at once without ever holding one public name while waiting for another.
/// <para>
/// A statement that loses a deadlock over metadata locks opens its tables again, but keeps the definitions of the views that
/// it has read already: with one RENAME TABLE over all public names it can join a view of the old version with one of the
/// new (MySQL 9.7, MariaDB 10.11), or, inside a transaction, end with error 1213. So for the time of the switch each public
/// view reads first a gate, a view of one row that the optimizer takes away, and then a view of its own that stands for its
/// table. A server opens the tables of a view in their order, before those of the next view: whoever has read what a view
/// stands for holds the gate until its statement or transaction ends. The switch renames gate and stand-ins in one
/// statement, which locks names in alphabetical order, the gate first: once it has the gate, nobody holds any of the others.
/// </para>
/// </summary>
internal static class GateSql
{
    /// <summary>What the names of gates begin with: "0" comes before the letters of the other names.</summary>
    public const string GatePrefix = ViewSql.ReservedPrefix + "0gate_";

    private static readonly string[] _prefixes = [GatePrefix, ViewSql.ReservedPrefix + "cur_", ViewSql.ReservedPrefix + "next_", ViewSql.ReservedPrefix + "prev_", ViewSql.ReservedPrefix + "try_"];

    /// <summary>The gate of a version.</summary>
    public static string Gate(string version) => $"{GatePrefix}{ViewSql.Digest(version)[..16]}";

    /// <summary>What a view reads behind the gate.</summary>
    public static string Current(string version, string view) => Name("cur", version, view);

    /// <summary>What takes the place of <see cref="Current"/> at the switch.</summary>
    public static string Next(string version, string view) => Name("next", version, view);

    /// <summary>Where <see cref="Current"/> goes at the switch.</summary>
    public static string Previous(string version, string view) => Name("prev", version, view);

    /// <summary>A view that no reader knows, to see whether the server can read one through a gate.</summary>
    public static string Trial(string version) => $"{ViewSql.ReservedPrefix}try_{ViewSql.Digest(version)[..16]}";

    /// <summary>Whether a name is one of a gate and what stands behind it.</summary>
    public static bool IsOfAGate(string name) => Array.Exists(_prefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>Stands in the definition of a view on its way to a version, as every server writes it.</summary>
    public static string Mark(string publicSchema, string version) => SqlText.Table(publicSchema, Gate(version));

    /// <summary>Whether a definition in the ledger is a <see cref="Mark"/>: no query begins like that.</summary>
    public static bool IsMark(string? definition) => definition is { Length: > 0 } && definition[0] == '`';

    public static string CreateGate(string publicSchema, string version) => Create(publicSchema, Gate(version), "SELECT 1 AS `is_open`");

    /// <summary>What stands for a table: its columns under the names that readers know; one that it has no more is NULL.</summary>
    /// <param name="columns">The columns that the public view has.</param>
    /// <param name="there">Those that the table has.</param>
    /// <param name="source">The table, quoted.</param>
    public static string StandIn(IReadOnlyList<string> columns, IReadOnlySet<string> there, string source) =>
        $"SELECT {string.Join(", ", columns.Select(column => there.Contains(column) ? SqlText.Identifier(column) : $"NULL AS {SqlText.Identifier(column)}"))} FROM {source}";

    /// <summary>What a public view reads for the time of the switch. The gate has to be the first table.</summary>
    public static string Gated(string publicSchema, string version, string view, IReadOnlyList<string> columns) =>
        $"SELECT {string.Join(", ", columns.Select(column => $"`t`.{SqlText.Identifier(column)} AS {SqlText.Identifier(column)}"))} "
        + $"FROM {Mark(publicSchema, version)} AS `g` JOIN {SqlText.Table(publicSchema, Current(version, view))} AS `t`";

    /// <summary>With the definer's rights, as <see cref="ViewSql.Create"/>.</summary>
    public static string Create(string publicSchema, string view, string select) =>
        $"CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY DEFINER VIEW {SqlText.Table(publicSchema, view)} AS {select}";

    /// <summary>The switch of everything behind the gate. The gate itself only goes away and comes back, to be locked.</summary>
    /// <param name="publicSchema">The public schema.</param>
    /// <param name="version">The version that it goes to.</param>
    /// <param name="views">The views, and whether the version has a table for each: where it has none, the view reads nothing any more.</param>
    public static string Switch(string publicSchema, string version, IEnumerable<(string View, bool HasNext)> views)
    {
        var gate = Gate(version);
        List<(string, string)> renames = [(gate, $"{gate}_"), ($"{gate}_", gate)];
        foreach (var (view, hasNext) in views)
        {
            renames.Add((Current(version, view), Previous(version, view)));
            if (hasNext)
            {
                renames.Add((Next(version, view), Current(version, view)));
            }
        }

        return ViewSql.Rename(publicSchema, renames);
    }

    private static string Name(string kind, string version, string view) => $"{ViewSql.ReservedPrefix}{kind}_{ViewSql.Digest($"{version}\0{view}")[..16]}";
}
