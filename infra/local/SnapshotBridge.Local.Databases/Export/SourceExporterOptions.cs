namespace SnapshotBridge.Local.Databases.Export;

/// <summary>How the exporter lays out an export.</summary>
public sealed record SourceExporterOptions
{
    /// <summary>About how large a part of a table with an integer key becomes. RDS writes 1 to 10 MB.</summary>
    public long PartSizeBytes { get; init; } = 5_000_000;

    /// <summary>Rows per batch folder of a table that RDS cannot split by an integer key.</summary>
    public int RowsPerBatch { get; init; } = 20_000;

    /// <summary>Tables per <c>export_tables_info</c> file.</summary>
    public int TablesPerInfoFile { get; init; } = 8;

    /// <summary>Dates in the JSON files as RDS wrote them in 2020 (<c>Sep 10, 2020 6:50:05 AM</c>) instead of ISO 8601.</summary>
    public bool OldDates { get; init; }

    /// <summary>What the JSON files tell of the columns' types.</summary>
    public TypeMappingForm TypeMapping { get; init; } = TypeMappingForm.Numbers;
}
