using System.Globalization;
using System.Text.RegularExpressions;

namespace SnapshotBridge.Loading.Declarations;

/// <summary>The columns that a table is declared with, in the order of the Parquet files' columns.</summary>
public sealed partial record TableDeclaration(IReadOnlyList<DeclaredColumn> Columns)
{
    /// <summary>Columns that RDS lists for the source and did not write: they cannot be declared, as the files' columns are matched in order.</summary>
    public IReadOnlyList<TypeChange> Absent { get; init; } = [];

    /// <summary>Columns whose type, or whose presence, is not the source's, with the reason.</summary>
    public IReadOnlyList<TypeChange> Changes => [.. Columns.Where(column => column.Change is not null).Select(column => column.Change!), .. Absent];

    /// <summary>
    /// Whether the server may match columns by name: not where one had to be renamed, which then stands for the file's column by its place.
    /// </summary>
    public bool MatchesByName => Columns.All(column => column.Name == column.FileName);

    /// <summary>True where a server that refuses a type can be given another one.</summary>
    public bool HasCompatibleTypes => Columns.Any(column => column.CompatibleType is not null);

    /// <summary>The declaration for a server that has refused this one: the types whose conversion the manual documents, of all columns.</summary>
    public TableDeclaration WithCompatibleTypes() => this with { Columns = [.. Columns.Select(column => column.AsCompatible())] };

    /// <summary>
    /// The same after certain errors: where they name columns, only those of the same kinds of type change, for what the server
    /// takes of the others stays; an error that names none is about any.
    /// </summary>
    /// <param name="refusals">The server's errors, of each attempt so far.</param>
    public TableDeclaration WithCompatibleTypes(IReadOnlyCollection<string> refusals)
    {
        ArgumentNullException.ThrowIfNull(refusals);
        var kinds = new HashSet<string>(StringComparer.Ordinal);
        foreach (var refusal in refusals)
        {
            if (RefusedColumn(refusal) is not { } name)
            {
                return WithCompatibleTypes();
            }

            kinds.Add(Kind(Columns.First(column => column.Name == name).Type));
        }

        return this with { Columns = [.. Columns.Select(column => kinds.Contains(Kind(column.Type)) ? column.AsCompatible() : column)] };
    }

    /// <summary>The declaration that a table was made with in an earlier run: whichever of its two types each column has on the server.</summary>
    /// <param name="defined">The server's columns.</param>
    public TableDeclaration AsDefined(IReadOnlyList<DefinedColumn> defined)
    {
        ArgumentNullException.ThrowIfNull(defined);
        var types = defined.DistinctBy(column => column.Name, StringComparer.OrdinalIgnoreCase).ToDictionary(column => column.Name, column => column.ColumnType, StringComparer.OrdinalIgnoreCase);
        return this with
        {
            Columns =
            [
                .. Columns.Select(column =>
                    column.CompatibleType is { } other
                    && types.TryGetValue(column.Name, out var found)
                    && !DeclarationComparison.AreSame(column.Type, found)
                    && DeclarationComparison.AreSame(other, found)
                        ? column.AsCompatible()
                        : column),
            ],
        };
    }

    /// <summary>
    /// The column that a server's error is about, where it tells and another type is left for it: HeatWave's errors of values
    /// and conversions begin <c>Col 2</c>, counted from 1; else a column's quoted name may be in it.
    /// </summary>
    /// <returns>The column's name, or null.</returns>
    public string? RefusedColumn(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var match = ColumnNumber().Match(message);
        var column = match.Success && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= Columns.Count
            ? Columns[number - 1]
            : Columns.FirstOrDefault(item => message.Contains($"'{item.Name}'", StringComparison.OrdinalIgnoreCase) || message.Contains($"`{item.Name}`", StringComparison.OrdinalIgnoreCase));
        return column?.CompatibleType is null ? null : column.Name;
    }

    private static string Kind(string type) => type.Split('(', ' ')[0];

    [GeneratedRegex(@"\bCol(?:umn)? ([0-9]{1,4})\b", RegexOptions.CultureInvariant)]
    private static partial Regex ColumnNumber();
}

/// <summary>One column of a declaration.</summary>
/// <param name="Name">The name on the server: that of the Parquet files, unless MySQL does not take it.</param>
/// <param name="Type">The SQL type without NULL or attributes other than UNSIGNED, such as <c>DECIMAL(12,2)</c> or <c>VARCHAR(40)</c>.</param>
public sealed record DeclaredColumn(string Name, string Type)
{
    /// <summary>The name as the Parquet files spell it.</summary>
    public string FileName { get => field ?? Name; init; }

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

    /// <summary>The column with its other type, if it has one.</summary>
    public DeclaredColumn AsCompatible() => CompatibleType is { } type
        ? this with { Type = type, Change = CompatibleChange, CompatibleType = null, CompatibleChange = null }
        : this;
}

/// <summary>A column that does not come back as what it was at the source.</summary>
/// <param name="Column">The column's name at the source.</param>
/// <param name="SourceType">The source's type as the export tells it.</param>
/// <param name="LoadedType">The type on the server, or <see cref="NotLoaded"/>.</param>
/// <param name="Reason">Why, as a sentence for the report.</param>
public sealed record TypeChange(string Column, string SourceType, string LoadedType, string Reason)
{
    /// <summary>The <see cref="LoadedType"/> of a column that the server does not serve.</summary>
    public const string NotLoaded = "not loaded";
}
