using System.Collections;
using System.Collections.ObjectModel;
using System.Data;
using System.Data.Common;
using System.Globalization;

namespace MySqlConnector;

/// <summary>The results of a command, one result set after another.</summary>
public sealed class MySqlDataReader : DbDataReader, IDbColumnSchemaGenerator
{
    private readonly MySqlCommand _command;
    private readonly QueryExecution _execution;
    private readonly CommandBehavior _behavior;
    private IReadOnlyList<Column> _columns = [];
    private object[]? _row;
    private bool _hasRows;
    private bool _inResultSet;
    private int _recordsAffected = -1;
    private bool _closed;

    private MySqlDataReader(MySqlCommand command, QueryExecution execution, CommandBehavior behavior)
    {
        _command = command;
        _execution = execution;
        _behavior = behavior;
    }

    public override int Depth => 0;

    public override int FieldCount => Open(_columns.Count);

    public override int VisibleFieldCount => FieldCount;

    public override bool HasRows => Open(_hasRows);

    public override bool IsClosed => _closed;

    public override int RecordsAffected => _recordsAffected;

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => GetValue(GetOrdinal(name));

    internal static async Task<MySqlDataReader> StartAsync(
        MySqlCommand command, QueryExecution execution, CommandBehavior behavior, CancellationToken cancellationToken)
    {
        var reader = new MySqlDataReader(command, execution, behavior);
        execution.Start();
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        return reader;
    }

    public override bool Read() => ReadAsync(CancellationToken.None).GetAwaiter().GetResult();

    public override Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        Open(true);
        if (!_inResultSet)
            return Task.FromResult(false);
        var next = _execution.NextAsync(cancellationToken);
        return next.IsCompletedSuccessfully ? Task.FromResult(TakeRow(next.Result)) : AwaitRowAsync(next);
    }

    public override bool NextResult() => NextResultAsync(CancellationToken.None).GetAwaiter().GetResult();

    public override async Task<bool> NextResultAsync(CancellationToken cancellationToken)
    {
        Open(true);
        _columns = [];
        _row = null;
        _hasRows = false;
        _inResultSet = false;
        while (!_execution.Ended)
        {
            switch (await _execution.NextAsync(cancellationToken).ConfigureAwait(false))
            {
                case ResultSetStarted start:
                    _columns = start.Columns;
                    _hasRows = start.HasRows;
                    _inResultSet = true;
                    return true;
                case ExecutionEnded end:
                    Finish(end);
                    return false;
            }
        }

        return false;
    }

    public override void Close() => CloseAsync().GetAwaiter().GetResult();

    public override async Task CloseAsync()
    {
        if (_closed)
            return;
        _closed = true;
        _row = null;
        try
        {
            if (!_execution.Ended)
                await _execution.DrainAsync().ConfigureAwait(false);
        }
        finally
        {
            if (_behavior.HasFlag(CommandBehavior.CloseConnection) && _command.Connection is { } connection)
                await connection.CloseAsync().ConfigureAwait(false);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    public override string GetName(int ordinal) => At(ordinal).Name;

    public override int GetOrdinal(string name)
    {
        for (var i = 0; i < Open(_columns.Count); i++)
        {
            if (string.Equals(_columns[i].Name, name, StringComparison.OrdinalIgnoreCase))
                return i;
        }

        throw new IndexOutOfRangeException($"The column name '{name}' does not exist in the result set.");
    }

    public override Type GetFieldType(int ordinal) => At(ordinal).Type;

    public override string GetDataTypeName(int ordinal) => At(ordinal).TypeName;

    public override bool IsDBNull(int ordinal) => Cell(ordinal) is DBNull;

    public override object GetValue(int ordinal) => Cell(ordinal) switch
    {
        MySqlDecimal value => value.Value,
        MySqlDateTime value => Date(value),
        var value => value,
    };

    public override int GetValues(object[] values)
    {
        var count = Math.Min(values.Length, FieldCount);
        for (var i = 0; i < count; i++)
            values[i] = GetValue(i);
        return count;
    }

    public override T GetFieldValue<T>(int ordinal)
    {
        var type = typeof(T);
        if (type == typeof(DateOnly))
            return (T)(object)GetDateOnly(ordinal);
        if (type == typeof(DateTimeOffset))
            return (T)(object)GetDateTimeOffset(ordinal);
        if (type == typeof(MySqlDateTime))
            return (T)(object)GetMySqlDateTime(ordinal);
        if (type == typeof(MySqlDecimal))
            return (T)(object)GetMySqlDecimal(ordinal);
        if (type == typeof(Stream))
            return (T)(object)GetStream(ordinal);
        if (type == typeof(TimeOnly))
            return (T)(object)TimeOnly.FromTimeSpan(GetTimeSpan(ordinal));
        if (IsDBNull(ordinal))
            return (T)GetValue(ordinal) is { } nothing ? nothing : default!;
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => (T)(object)GetBoolean(ordinal),
            TypeCode.SByte => (T)(object)GetSByte(ordinal),
            TypeCode.Byte => (T)(object)GetByte(ordinal),
            TypeCode.Int16 => (T)(object)GetInt16(ordinal),
            TypeCode.UInt16 => (T)(object)GetUInt16(ordinal),
            TypeCode.Int32 => (T)(object)GetInt32(ordinal),
            TypeCode.UInt32 => (T)(object)GetUInt32(ordinal),
            TypeCode.Int64 => (T)(object)GetInt64(ordinal),
            TypeCode.UInt64 => (T)(object)GetUInt64(ordinal),
            TypeCode.Single => (T)(object)GetFloat(ordinal),
            TypeCode.Double => (T)(object)GetDouble(ordinal),
            TypeCode.Decimal => (T)(object)GetDecimal(ordinal),
            TypeCode.Char => (T)(object)GetChar(ordinal),
            _ => (T)GetValue(ordinal),
        };
    }

    public override bool GetBoolean(int ordinal) => GetValue(ordinal) is bool value ? value : Whole(ordinal) != 0;

    public override byte GetByte(int ordinal) => (byte)Whole(ordinal, byte.MinValue, byte.MaxValue);

    public sbyte GetSByte(int ordinal) => (sbyte)Whole(ordinal, sbyte.MinValue, sbyte.MaxValue);

    public override short GetInt16(int ordinal) => (short)Whole(ordinal, short.MinValue, short.MaxValue);

    public ushort GetUInt16(int ordinal) => (ushort)Whole(ordinal, ushort.MinValue, ushort.MaxValue);

    public override int GetInt32(int ordinal) => (int)Whole(ordinal, int.MinValue, int.MaxValue);

    public uint GetUInt32(int ordinal) => (uint)Whole(ordinal, uint.MinValue, uint.MaxValue);

    public override long GetInt64(int ordinal) => (long)Whole(ordinal, long.MinValue, long.MaxValue);

    public ulong GetUInt64(int ordinal) => (ulong)Whole(ordinal, ulong.MinValue, ulong.MaxValue);

    public override decimal GetDecimal(int ordinal) => GetValue(ordinal) switch
    {
        decimal value => value,
        double value => (decimal)value,
        float value => (decimal)value,
        var value => throw Cast(value, "Decimal"),
    };

    public override double GetDouble(int ordinal) => GetValue(ordinal) switch
    {
        double value => value,
        float value => value,
        decimal value => (double)value,
        var value => throw Cast(value, "Double"),
    };

    public override float GetFloat(int ordinal) => GetValue(ordinal) switch
    {
        float value => value,
        double value and >= float.MinValue and <= float.MaxValue => (float)value,
        decimal value => (float)value,
        var value => throw Cast(value, "Single"),
    };

    public override string GetString(int ordinal) => GetValue(ordinal) as string ?? throw Cast(GetValue(ordinal), "String");

    public override char GetChar(int ordinal) => GetString(ordinal) is { Length: > 0 } text ? text[0] : throw new InvalidCastException();

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        Copy(GetString(ordinal).ToCharArray(), dataOffset, buffer, bufferOffset, length);

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        Copy(Bytes(ordinal), dataOffset, buffer, bufferOffset, length);

    public override Stream GetStream(int ordinal) => new MemoryStream(Bytes(ordinal), writable: false);

    public override TextReader GetTextReader(int ordinal) => new StringReader(GetString(ordinal));

    public override Guid GetGuid(int ordinal) => GetValue(ordinal) switch
    {
        Guid value => value,
        string text when Guid.TryParse(text, out var value) => value,
        byte[] { Length: 16 } bytes => new Guid(bytes, bigEndian: true),
        var value => throw Cast(value, "Guid"),
    };

    public override DateTime GetDateTime(int ordinal) => Cell(ordinal) switch
    {
        MySqlDateTime value => (DateTime)(Date(value) is MySqlDateTime zero ? zero.GetDateTime() : Date(value)),
        string text => DateTime.Parse(text, CultureInfo.InvariantCulture),
        var value => throw Cast(value, "DateTime"),
    };

    public DateOnly GetDateOnly(int ordinal) => DateOnly.FromDateTime(GetDateTime(ordinal));

    public DateTimeOffset GetDateTimeOffset(int ordinal) => new(DateTime.SpecifyKind(GetDateTime(ordinal), DateTimeKind.Utc));

    public MySqlDateTime GetMySqlDateTime(int ordinal) =>
        Cell(ordinal) is MySqlDateTime value ? value : throw Cast(Cell(ordinal), "MySqlDateTime");

    public MySqlDecimal GetMySqlDecimal(int ordinal) =>
        Cell(ordinal) is MySqlDecimal value ? value : throw Cast(Cell(ordinal), "MySqlDecimal");

    public TimeSpan GetTimeSpan(int ordinal) => GetValue(ordinal) is TimeSpan value ? value : throw Cast(GetValue(ordinal), "TimeSpan");

    public bool GetBoolean(string name) => GetBoolean(GetOrdinal(name));

    public byte GetByte(string name) => GetByte(GetOrdinal(name));

    public sbyte GetSByte(string name) => GetSByte(GetOrdinal(name));

    public short GetInt16(string name) => GetInt16(GetOrdinal(name));

    public ushort GetUInt16(string name) => GetUInt16(GetOrdinal(name));

    public int GetInt32(string name) => GetInt32(GetOrdinal(name));

    public uint GetUInt32(string name) => GetUInt32(GetOrdinal(name));

    public long GetInt64(string name) => GetInt64(GetOrdinal(name));

    public ulong GetUInt64(string name) => GetUInt64(GetOrdinal(name));

    public decimal GetDecimal(string name) => GetDecimal(GetOrdinal(name));

    public double GetDouble(string name) => GetDouble(GetOrdinal(name));

    public float GetFloat(string name) => GetFloat(GetOrdinal(name));

    public string GetString(string name) => GetString(GetOrdinal(name));

    public Guid GetGuid(string name) => GetGuid(GetOrdinal(name));

    public DateTime GetDateTime(string name) => GetDateTime(GetOrdinal(name));

    public DateOnly GetDateOnly(string name) => GetDateOnly(GetOrdinal(name));

    public MySqlDateTime GetMySqlDateTime(string name) => GetMySqlDateTime(GetOrdinal(name));

    public MySqlDecimal GetMySqlDecimal(string name) => GetMySqlDecimal(GetOrdinal(name));

    public TimeSpan GetTimeSpan(string name) => GetTimeSpan(GetOrdinal(name));

    public Stream GetStream(string name) => GetStream(GetOrdinal(name));

    public override IEnumerator GetEnumerator() => new DbEnumerator(this, closeReader: false);

    public ReadOnlyCollection<DbColumn> GetColumnSchema() =>
        Open(_columns).Select((c, i) => (DbColumn)new MySqlDbColumn(c, i)).ToList().AsReadOnly();

    public override Task<ReadOnlyCollection<DbColumn>> GetColumnSchemaAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(GetColumnSchema());

    public override DataTable? GetSchemaTable()
    {
        if (Open(_columns.Count) == 0)
            return null;
        var table = new DataTable("SchemaTable") { Locale = CultureInfo.InvariantCulture };
        table.Columns.Add("ColumnName", typeof(string));
        table.Columns.Add("ColumnOrdinal", typeof(int));
        table.Columns.Add("DataType", typeof(Type));
        table.Columns.Add("DataTypeName", typeof(string));
        for (var i = 0; i < _columns.Count; i++)
            table.Rows.Add(_columns[i].Name, i, _columns[i].Type, _columns[i].TypeName);
        return table;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Close();
        base.Dispose(disposing);
    }

    private static long Copy<T>(T[] source, long offset, T[]? buffer, int bufferOffset, int length)
    {
        if (buffer is null)
            return source.Length;
        var count = Math.Max(0, Math.Min(source.Length - (int)offset, length));
        Array.Copy(source, (int)offset, buffer, bufferOffset, count);
        return count;
    }

    private static InvalidCastException Cast(object value, string type) => value is DBNull
        ? new InvalidCastException($"Can't convert NULL to {type}")
        : new InvalidCastException($"Can't convert {value.GetType().Name} to {type}");

    private async Task<bool> AwaitRowAsync(ValueTask<object> next) => TakeRow(await next.ConfigureAwait(false));

    private bool TakeRow(object message)
    {
        _row = message as object[];
        if (_row is not null)
            return true;
        _inResultSet = false;
        if (message is ExecutionEnded end)
            Finish(end);
        return false;
    }

    private void Finish(ExecutionEnded end)
    {
        _recordsAffected = end.RecordsAffected;
        _command.LastInsertedId = end.LastInsertedId;
    }

    private T Open<T>(T value) => _closed ? throw new InvalidOperationException("Can't call this method when the reader is closed.") : value;

    private Column At(int ordinal) => ordinal >= 0 && ordinal < Open(_columns.Count)
        ? _columns[ordinal]
        : throw new ArgumentOutOfRangeException(nameof(ordinal), $"Value must be between 0 and {_columns.Count - 1}");

    private object Cell(int ordinal)
    {
        At(ordinal);
        var value = _row?[ordinal] ?? throw new InvalidOperationException("Read must be called first.");
        return value is UnreadableValue unreadable ? throw unreadable.Error : value;
    }

    private object Date(MySqlDateTime value)
    {
        var options = _command.Connection?.Options;
        if (options is { ConvertZeroDateTime: true } && !value.IsValidDateTime)
            return DateTime.MinValue;
        if (options is { AllowZeroDateTime: true, ConvertZeroDateTime: false })
            return value;
        return DateTime.SpecifyKind(value.GetDateTime(), (DateTimeKind)(options?.DateTimeKind ?? MySqlDateTimeKind.Unspecified));
    }

    private byte[] Bytes(int ordinal) => GetValue(ordinal) as byte[] ?? throw Cast(GetValue(ordinal), "bytes");

    private decimal Whole(int ordinal) => GetValue(ordinal) switch
    {
        bool value => value ? 1 : 0,
        sbyte value => value,
        byte value => value,
        short value => value,
        ushort value => value,
        int value => value,
        uint value => value,
        long value => value,
        ulong value => value,
        decimal value => decimal.Truncate(value),
        var value => throw Cast(value, "a whole number"),
    };

    private decimal Whole(int ordinal, decimal minimum, decimal maximum)
    {
        var value = Whole(ordinal);
        return value >= minimum && value <= maximum ? value : throw new OverflowException("Arithmetic operation resulted in an overflow.");
    }
}

internal sealed class MySqlDbColumn : DbColumn
{
    public MySqlDbColumn(Column column, int ordinal)
    {
        ColumnName = column.Name;
        ColumnOrdinal = ordinal;
        DataType = column.Type;
        DataTypeName = column.TypeName;
    }
}
