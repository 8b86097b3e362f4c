using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Core.Tests.Loading.Declarations;

/// <summary>Tables of one column, and what becomes of it.</summary>
internal static class DeclarationSamples
{
    public static readonly ServerVersion Newest = ServerVersion.Parse("9.7.0-cloud", "server");

    public static readonly ServerVersion Oldest = ServerVersion.Parse("8.0.33-u3-cloud", "server");

    public static PlannedTable MySql(params IReadOnlyList<SourceColumn> columns) => LoadSamples.Table("shop", "orders", 1, 1000) with { Columns = columns };

    public static PlannedTable Postgres(params IReadOnlyList<SourceColumn> columns) => MySql(columns) with { Database = "app", Schema = "public" };

    public static SourceColumn Column(string name, string type, string exported = "", int? length = null, int? precision = null, int? fraction = null) =>
        new(name, type, exported) { CharacterLength = length, NumericPrecision = precision, DateTimePrecision = fraction };

    public static TableDeclaration Declare(PlannedTable table, IReadOnlyList<string> files, ServerVersion? version = null, IReadOnlyDictionary<string, string>? overrides = null) =>
        ColumnDeclarations.For(table, files, version ?? Newest, overrides);
}
