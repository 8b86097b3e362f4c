using System.Globalization;
using Driver = MySql.Data.MySqlClient;
using DriverTypes = MySql.Data.Types;

namespace MySqlConnector;

/// <summary>How the values of a column are taken from the driver.</summary>
internal enum ColumnKind
{
    AsIs,
    Decimal,
    DateTime,
    Binary16,
    Guid,
    Year,
}

/// <summary>A value that the driver could not read: thrown where it is asked for, not for the whole row.</summary>
internal sealed record UnreadableValue(Exception Error);

/// <summary>A column of a result set, with the type that the package reads it as.</summary>
internal sealed record Column(string Name, ColumnKind Kind, Type Type, string TypeName)
{
    public static IReadOnlyList<Column> Of(Driver.MySqlDataReader reader, MySqlConnectionStringBuilder options)
    {
        var schema = reader.GetSchemaTable();
        var columns = new Column[reader.FieldCount];
        for (var i = 0; i < columns.Length; i++)
        {
            var row = schema.Rows[i];
            var driverType = (Driver.MySqlDbType)Convert.ToInt32(row["ProviderType"], CultureInfo.InvariantCulture);
            var size = Convert.ToInt64(row["ColumnSize"], CultureInfo.InvariantCulture);
            columns[i] = Of(reader.GetName(i), driverType, reader.GetFieldType(i), reader.GetDataTypeName(i), size, options);
        }

        return columns;
    }

    public static object[] ReadRow(Driver.MySqlDataReader reader, IReadOnlyList<Column> columns)
    {
        var row = new object[columns.Count];
        for (var i = 0; i < row.Length; i++)
        {
            try
            {
                row[i] = Read(reader, i, columns[i].Kind);
            }
            catch (Exception e) when (e is FormatException or OverflowException or InvalidCastException or ArgumentException)
            {
                row[i] = new UnreadableValue(e);
            }
        }

        return row;
    }

    private static Column Of(
        string name, Driver.MySqlDbType driverType, Type fieldType, string typeName, long size, MySqlConnectionStringBuilder options)
    {
        var guidText = options.GuidFormat is MySqlGuidFormat.Default or MySqlGuidFormat.Char36;
        return driverType switch
        {
            Driver.MySqlDbType.Decimal or Driver.MySqlDbType.NewDecimal => new(name, ColumnKind.Decimal, typeof(decimal), "DECIMAL"),
            Driver.MySqlDbType.Year => new(name, ColumnKind.Year, typeof(int), "YEAR"),
            Driver.MySqlDbType.Date or Driver.MySqlDbType.Newdate => new(name, ColumnKind.DateTime, DateType(options), "DATE"),
            Driver.MySqlDbType.DateTime => new(name, ColumnKind.DateTime, DateType(options), "DATETIME"),
            Driver.MySqlDbType.Timestamp => new(name, ColumnKind.DateTime, DateType(options), "TIMESTAMP"),
            Driver.MySqlDbType.Bit => new(name, ColumnKind.AsIs, typeof(ulong), "BIT"),
            Driver.MySqlDbType.String when fieldType == typeof(string) && size == 36 && guidText =>
                new(name, ColumnKind.Guid, typeof(Guid), "CHAR(36)"),
            Driver.MySqlDbType.String when fieldType == typeof(string) => new(name, ColumnKind.AsIs, typeof(string), "CHAR"),
            _ when fieldType == typeof(Guid) => new(name, ColumnKind.Binary16, typeof(byte[]), "BINARY"),
            Driver.MySqlDbType.Int24 or Driver.MySqlDbType.UInt24 => new(name, ColumnKind.AsIs, fieldType, "MEDIUMINT"),
            Driver.MySqlDbType.Geometry => new(name, ColumnKind.AsIs, typeof(byte[]), "GEOMETRY"),
            _ when fieldType == typeof(bool) => new(name, ColumnKind.AsIs, fieldType, "BOOL"),
            _ => new(name, ColumnKind.AsIs, fieldType, typeName),
        };
    }

    private static Type DateType(MySqlConnectionStringBuilder options) =>
        options is { AllowZeroDateTime: true, ConvertZeroDateTime: false } ? typeof(MySqlDateTime) : typeof(DateTime);

    /// <summary>The driver's own test for NULL reads the value, which fails for a DECIMAL that .NET cannot hold.</summary>
    private static object Read(Driver.MySqlDataReader reader, int i, ColumnKind kind)
    {
        if (kind == ColumnKind.Decimal)
        {
            var number = reader.GetMySqlDecimal(i);
            return number.IsNull ? DBNull.Value : new MySqlDecimal(number.ToString());
        }

        var value = reader.GetValue(i);
        return value switch
        {
            DBNull => value,
            DriverTypes.MySqlDateTime t => new MySqlDateTime(t.Year, t.Month, t.Day, t.Hour, t.Minute, t.Second, t.Microsecond),
            DriverTypes.MySqlGeometry geometry => geometry.Value,

            // The driver reads BINARY(16) as a little-endian Guid; this gives the bytes back.
            Guid guid when kind == ColumnKind.Binary16 => guid.ToByteArray(),
            string text when kind == ColumnKind.Guid => Guid.Parse(text),
            _ when kind == ColumnKind.Year => Convert.ToInt32(value, CultureInfo.InvariantCulture),
            _ => value,
        };
    }
}
