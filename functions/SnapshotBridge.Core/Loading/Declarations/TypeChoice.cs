using System.Globalization;

namespace SnapshotBridge.Loading.Declarations;

/// <summary>What a column is declared as, before the limits of tables and rows are looked at.</summary>
/// <param name="Type">The SQL type.</param>
/// <param name="Reason">Why it is not the source's type; null where it is.</param>
internal sealed record TypeChoice(string Type, string? Reason = null)
{
    /// <summary>Decimal places of a DECIMAL at most.</summary>
    public const int MostPlaces = 30;

    public bool IsLoadable { get; init; } = true;

    /// <summary>The type whose conversion the manual documents, where that of <see cref="Type"/> is not documented.</summary>
    public string? CompatibleType { get; init; }

    public string? CompatibleReason { get; init; }

    /// <summary>Declared in its place, so that the columns behind it stay aligned with the files, but not loaded.</summary>
    public static TypeChoice NotLoaded(string type, string reason) => new(type, reason)
    {
        IsLoadable = false,
        CompatibleType = type == "LONGTEXT" ? null : "LONGTEXT",
        CompatibleReason = reason,
    };

    public TypeChoice Or(string compatibleType, string reason) => this with { CompatibleType = compatibleType, CompatibleReason = reason };

    public static string Sized(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name}({number})");

    public static string Decimal(int precision, int scale) => string.Create(CultureInfo.InvariantCulture, $"DECIMAL({precision},{scale})");

    /// <summary>A decimal that Parquet stores as one. MySQL 8.4 manual, "Fixed-Point Types": up to 30 decimal places; others have up to 38.</summary>
    public static TypeChoice Number(int precision, int scale, string? reason = null) => scale <= MostPlaces
        ? new TypeChoice(Decimal(precision, scale), reason)
        : new TypeChoice(
            Sized("VARCHAR", precision + 3), string.Create(CultureInfo.InvariantCulture, $"MySQL's DECIMAL has up to {MostPlaces} decimal places, and the source's has {scale}; the column holds the number as text"));

    /// <summary>A temporal type with its digits of a second; the most where the export does not tell them, as all shorter ones fit in.</summary>
    public static string Temporal(string name, int? fraction) => (fraction ?? 6) == 0 ? name : Sized(name, fraction ?? 6);
}
