namespace SnapshotBridge.Loading.Declarations;

/// <summary>The columns that a table is declared with, in the order of the Parquet files' columns.</summary>
public sealed record TableDeclaration(IReadOnlyList<DeclaredColumn> Columns)
{
    /// <summary>Columns whose type, or whose presence, is not the source's, with the reason.</summary>
    public IReadOnlyList<TypeChange> Changes => [.. Columns.Where(column => column.Change is not null).Select(column => column.Change!)];
}

/// <summary>One column of a declaration.</summary>
/// <param name="Name">The name as the Parquet files spell it.</param>
/// <param name="Type">The SQL type without NULL or attributes other than UNSIGNED, such as <c>DECIMAL(12,2)</c> or <c>VARCHAR(40)</c>.</param>
public sealed record DeclaredColumn(string Name, string Type)
{
    /// <summary>
    /// The type whose conversion from Parquet the manual documents, for a server that refuses <see cref="Type"/>; null where
    /// <see cref="Type"/> is that already. See <see cref="CompatibleChange"/>.
    /// </summary>
    public string? CompatibleType { get; init; }

    /// <summary>False for a column that HeatWave cannot load at all: it is declared in its place as NOT SECONDARY.</summary>
    public bool IsLoadable { get; init; } = true;

    /// <summary>Why <see cref="Type"/> is not the source's; null where it is.</summary>
    public TypeChange? Change { get; init; }

    /// <summary>The change that holds where <see cref="CompatibleType"/> is used.</summary>
    public TypeChange? CompatibleChange { get; init; }
}

/// <summary>A column that does not come back as what it was at the source.</summary>
/// <param name="Column">The column's name.</param>
/// <param name="SourceType">The source's type as the export tells it.</param>
/// <param name="LoadedType">The type on the server, or <c>not loaded</c>.</param>
/// <param name="Reason">Why, as a sentence for the report.</param>
public sealed record TypeChange(string Column, string SourceType, string LoadedType, string Reason);
