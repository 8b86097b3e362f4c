using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Driver = MySql.Data.MySqlClient;

namespace MySqlConnector;

/// <summary>A value of a command.</summary>
public sealed class MySqlParameter : DbParameter, ICloneable
{
    private string _name = "";
    private string _sourceColumn = "";
    private MySqlDbType? _type;

    public MySqlParameter()
    {
    }

    public MySqlParameter(string? name, object? value)
    {
        ParameterName = name;
        Value = value;
    }

    public MySqlParameter(string name, MySqlDbType mySqlDbType)
        : this(name, mySqlDbType, 0)
    {
    }

    public MySqlParameter(string name, MySqlDbType mySqlDbType, int size)
    {
        ParameterName = name;
        MySqlDbType = mySqlDbType;
        Size = size;
    }

    public override DbType DbType { get; set; } = DbType.String;

    public MySqlDbType MySqlDbType { get => _type ?? MySqlDbType.VarChar; set => _type = value; }

    public override ParameterDirection Direction { get; set; } = ParameterDirection.Input;

    public override bool IsNullable { get; set; }

    public override byte Precision { get; set; }

    public override byte Scale { get; set; }

    [AllowNull]
    public override string ParameterName { get => _name; set => _name = value ?? ""; }

    public override int Size { get; set; }

    [AllowNull]
    public override string SourceColumn { get => _sourceColumn; set => _sourceColumn = value ?? ""; }

    public override bool SourceColumnNullMapping { get; set; }

    public override DataRowVersion SourceVersion { get; set; } = DataRowVersion.Current;

    public override object? Value { get; set; }

    internal string NormalizedName => Normalize(_name);

    public override void ResetDbType()
    {
        _type = null;
        DbType = DbType.String;
    }

    public MySqlParameter Clone() => (MySqlParameter)MemberwiseClone();

    object ICloneable.Clone() => Clone();

    internal static string Normalize(string name) => name.TrimStart('@', '?').Trim('`', '\'', '"');

    internal Driver.MySqlParameter ToDriver()
    {
        var driver = new Driver.MySqlParameter(_name, DriverValue()) { Direction = Direction };
        if (_type is { } type && Enum.TryParse<Driver.MySqlDbType>(type.ToString(), out var driverType))
            driver.MySqlDbType = driverType;
        if (Size > 0)
            driver.Size = Size;
        return driver;
    }

    /// <summary>The value in a type that the driver underneath sends as the package does.</summary>
    private object? DriverValue() => Value switch
    {
        null => DBNull.Value,
        Guid guid => guid.ToString("D"),
        DateOnly date => date.ToDateTime(TimeOnly.MinValue),
        TimeOnly time => time.ToTimeSpan(),
        DateTimeOffset time => time.UtcDateTime,
        MySqlDateTime time => string.Create(
            CultureInfo.InvariantCulture,
            $"{time.Year:0000}-{time.Month:00}-{time.Day:00} {time.Hour:00}:{time.Minute:00}:{time.Second:00}.{time.Microsecond:000000}"),
        MySqlDecimal number => number.ToString(),
        Enum value => Convert.ChangeType(value, Enum.GetUnderlyingType(value.GetType()), CultureInfo.InvariantCulture),
        StringBuilder text => text.ToString(),
        char letter => letter.ToString(),
        MemoryStream stream => stream.ToArray(),
        ReadOnlyMemory<byte> bytes => bytes.ToArray(),
        Memory<byte> bytes => bytes.ToArray(),
        ArraySegment<byte> bytes => bytes.ToArray(),
        var value => value,
    };
}
