using System.Globalization;
using MySqlConnector;
using SnapshotBridge.Local.Databases.Sql;
using SnapshotBridge.Local.Parquet;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>Moves the rows of Parquet files into a table.</summary>
internal static class TableFiller
{
    private delegate void Move(ParquetColumnValues values, int row, CsvTableLoad load);

    /// <returns>The rows that were loaded.</returns>
    /// <exception cref="LakehouseException">A file is damaged, or the table changed or refused a value.</exception>
    public static async Task<long> FillAsync(
        MySqlConnection connection, TableSpec table, TableShape shape, IReadOnlyList<LocalFile> files, CancellationToken cancellationToken)
    {
        var binary = shape.Columns.Where(column => column.IsBinary).Select(column => column.Name).ToHashSet(StringComparer.Ordinal);
        await using var load = new CsvTableLoad(connection, SqlText.Name(table.Schema, table.Table), [.. shape.Columns.Select(column => column.Name)], binary);
        try
        {
            foreach (var file in files)
            {
                await AppendAsync(load, shape, file, cancellationToken);
            }

            return await load.CompleteAsync(cancellationToken);
        }
        catch (CsvLoadException e)
        {
            throw new LakehouseException(e.Number is 1406 or 1265 ? LakehouseException.TextTooLong : LakehouseException.OperationFailed, e.Message);
        }
    }

    private static async Task AppendAsync(CsvTableLoad load, TableShape shape, LocalFile file, CancellationToken cancellationToken)
    {
        var reader = ParquetFiles.Open(file.Name, await File.ReadAllBytesAsync(file.Path, cancellationToken));
        var moves = shape.Columns.Select(column => MoveOf(reader.Footer.Columns[column.Index], column.IsBinary)).ToArray();
        for (var group = 0; group < reader.Footer.RowGroups.Count; group++)
        {
            var values = ParquetFiles.ReadGroup(reader, group, file.Name);
            for (var row = 0; row < reader.Footer.RowGroups[group].Rows; row++)
            {
                for (var i = 0; i < moves.Length; i++)
                {
                    var column = values[shape.Columns[i].Index];
                    if (column.IsNull(row))
                    {
                        load.Null();
                    }
                    else
                    {
                        moves[i](column, row, load);
                    }
                }

                await load.EndRowAsync(cancellationToken);
            }
        }
    }

    private static Move MoveOf(ParquetColumn column, bool binary) => column switch
    {
        { PhysicalType: ParquetPhysicalType.ByteArray } when binary => static (values, row, load) => load.Bytes(values.GetBytes(row)),
        { ConvertedType: ParquetConvertedType.Decimal, PhysicalType: ParquetPhysicalType.Int32 or ParquetPhysicalType.Int64, Scale: 0 } =>
            static (values, row, load) => load.Integer(values.GetInteger(row)),
        { ConvertedType: ParquetConvertedType.Decimal } =>
            static (values, row, load) => load.Plain(ParquetColumnValues.DecimalText(values.GetUnscaled(row), values.Column.Scale)),
        { ConvertedType: ParquetConvertedType.TimestampMicros } => static (values, row, load) => Moment(values.GetInteger(row), load),
        { ConvertedType: ParquetConvertedType.TimestampMillis } => static (values, row, load) => Moment(values.GetInteger(row) * 1000, load),
        { ConvertedType: ParquetConvertedType.Date } => static (values, row, load) =>
            load.Plain(DateTime.UnixEpoch.AddDays(values.GetInteger(row)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        { PhysicalType: ParquetPhysicalType.Boolean or ParquetPhysicalType.Int32 or ParquetPhysicalType.Int64 } =>
            static (values, row, load) => load.Integer(values.GetInteger(row)),
        { PhysicalType: ParquetPhysicalType.Float or ParquetPhysicalType.Double } => static (values, row, load) => Real(values.GetDouble(row), load),
        _ => static (values, row, load) => load.Text(values.GetBytes(row)),
    };

    private static void Moment(long micros, CsvTableLoad load)
    {
        if (micros < -62_135_596_800_000_000 || micros > 253_402_300_799_999_999)
        {
            throw new LakehouseException(6055, $"Value {micros} is out of range for DATETIME");
        }

        Span<char> text = stackalloc char[26];
        DateTime.UnixEpoch.AddTicks(micros * 10).TryFormat(text, out var written, "yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
        load.Plain(text[..written]);
    }

    private static void Real(double value, CsvTableLoad load)
    {
        // HeatWave loads NaN as NULL; SQL has neither it nor infinity.
        if (double.IsFinite(value))
        {
            load.Real(value);
        }
        else
        {
            load.Null();
        }
    }
}
