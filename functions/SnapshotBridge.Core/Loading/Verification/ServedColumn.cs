namespace SnapshotBridge.Loading.Verification;

/// <summary>A column as the server's data dictionary describes it.</summary>
/// <param name="Name">Its name as the server spells it.</param>
/// <param name="Type">The type's word in small letters, such as <c>decimal</c>.</param>
/// <param name="CharacterSet">The character set of a text, else null.</param>
/// <param name="IsLoaded">False where it stands in the table but not in HeatWave's memory.</param>
/// <param name="Places">The places that it keeps behind the point of a number or of a second; null where the type does not limit them.</param>
internal sealed record ServedColumn(string Name, string Type, string? CharacterSet = null, bool IsLoaded = true, long? Places = null)
{
    /// <summary>Whether the server's text is UTF-8 byte for byte, or bytes.</summary>
    public bool IsUtf8 => CharacterSet is null or "utf8mb4" or "utf8mb3" or "utf8" or "ascii" or "binary";

    public static async Task<IReadOnlyList<ServedColumn>> ReadAsync(IHeatWaveSession session, string schema, string table, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync(
            new Sql(
                "SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_SET_NAME, EXTRA, COALESCE(DATETIME_PRECISION, NUMERIC_SCALE) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = @schema AND TABLE_NAME = @table ORDER BY ORDINAL_POSITION",
                ("schema", schema),
                ("table", table)),
            $"read the column types of {schema}.{table}",
            cancellationToken);
        return
        [
            .. rows.Select(row => new ServedColumn(
                row.Text(0)!,
                row.Text(1)!.ToLowerInvariant(),
                row.Text(2)?.ToLowerInvariant(),
                row.Text(3)?.Contains("NOT SECONDARY", StringComparison.OrdinalIgnoreCase) != true,
                row.Number(4))),
        ];
    }
}
