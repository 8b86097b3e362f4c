using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using MySqlConnector;

namespace SnapshotBridge.Local.Databases.Sql;

/// <summary>
/// Fills a table through LOAD DATA LOCAL: one call per value, <see cref="EndRowAsync"/> per row. While the server reads
/// one chunk, the next is being written. Exact for quotes, backslashes, line breaks, empty texts, NULLs and bytes.
/// </summary>
internal sealed class CsvTableLoad : IAsyncDisposable
{
    private const int ChunkBytes = 8 << 20;

    private readonly MySqlConnection _connection;
    private readonly string _table;
    private readonly List<string> _targets;
    private readonly List<string> _settings;
    private readonly ArrayBufferWriter<byte> _csv = new(ChunkBytes + (1 << 20));
    private Task<long> _loading = Task.FromResult(0L);
    private long _chunkRows;
    private bool _firstInRow = true;

    /// <param name="connection">An open connection with AllowLoadLocalInfile; nobody else may use it meanwhile.</param>
    /// <param name="table">The quoted table name.</param>
    /// <param name="columns">Column names; those in <paramref name="binary"/> are handed over in hexadecimal.</param>
    /// <param name="binary">Which of the columns hold bytes.</param>
    public CsvTableLoad(MySqlConnection connection, string table, IReadOnlyList<string> columns, IReadOnlySet<string> binary)
    {
        _connection = connection;
        _table = table;
        _targets = [.. columns.Select((column, i) => binary.Contains(column) ? $"@b{i}" : SqlText.Name(column))];
        _settings = [.. columns.Select((column, i) => (column, i)).Where(c => binary.Contains(c.column)).Select(c => $"{SqlText.Name(c.column)}=UNHEX(@b{c.i})")];
    }

    /// <summary>Rows that the server has taken so far.</summary>
    public long Rows { get; private set; }

    public void Null()
    {
        Separate();
        _csv.Write("NULL"u8);
    }

    public void Integer(long value)
    {
        Separate();
        var span = _csv.GetSpan(20);
        Utf8Formatter.TryFormat(value, span, out var written);
        _csv.Advance(written);
    }

    public void Real(double value)
    {
        Separate();
        var span = _csv.GetSpan(32);
        value.TryFormat(span, out var written, "R", CultureInfo.InvariantCulture);
        _csv.Advance(written);
    }

    /// <summary>A text that needs no quotes: a number, a date.</summary>
    public void Plain(ReadOnlySpan<char> text)
    {
        Separate();
        var span = _csv.GetSpan(text.Length * 3);
        _csv.Advance(Encoding.UTF8.GetBytes(text, span));
    }

    public void Text(string text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        Text(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
        ArrayPool<byte>.Shared.Return(bytes);
    }

    public void Text(ReadOnlySpan<byte> utf8)
    {
        Separate();
        Byte((byte)'"');
        while (!utf8.IsEmpty)
        {
            // Both are written twice: inside quotes that stands for one of it.
            var special = utf8.IndexOfAny((byte)'"', (byte)'\\');
            if (special < 0)
            {
                _csv.Write(utf8);
                break;
            }

            _csv.Write(utf8[..(special + 1)]);
            Byte(utf8[special]);
            utf8 = utf8[(special + 1)..];
        }

        Byte((byte)'"');
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Separate();
        Byte((byte)'"');
        var span = _csv.GetSpan(bytes.Length * 2);
        Convert.TryToHexString(bytes, span, out var written);
        _csv.Advance(written);
        Byte((byte)'"');
    }

    public ValueTask EndRowAsync(CancellationToken cancellationToken)
    {
        Byte((byte)'\n');
        _firstInRow = true;
        _chunkRows++;
        return _csv.WrittenCount >= ChunkBytes ? new ValueTask(FlushAsync(cancellationToken)) : ValueTask.CompletedTask;
    }

    /// <summary>Loads what is left.</summary>
    /// <returns>The rows of the whole load.</returns>
    /// <exception cref="CsvLoadException">The server changed or left out values.</exception>
    public async Task<long> CompleteAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        Rows += await _loading;
        _loading = Task.FromResult(0L);
        return Rows;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _loading;
        }
        catch (Exception e) when (e is MySqlException or CsvLoadException or OperationCanceledException or InvalidOperationException)
        {
            // Whoever disposes before completion already has the error that matters.
        }
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_chunkRows == 0)
        {
            return;
        }

        var csv = new MemoryStream(_csv.WrittenSpan.ToArray(), writable: false);
        var rows = _chunkRows;
        _csv.ResetWrittenCount();
        _chunkRows = 0;
        Rows += await _loading;
        _loading = Task.Run(() => LoadAsync(csv, rows, cancellationToken), cancellationToken);
    }

    private async Task<long> LoadAsync(MemoryStream csv, long rows, CancellationToken cancellationToken)
    {
        // A stream, not a file: the driver sends files only to a server whose certificate it has verified.
        var loader = new MySqlBulkLoader(_connection)
        {
            TableName = _table,
            CharacterSet = "utf8mb4",
            FieldTerminator = ",",
            FieldQuotationCharacter = '"',
            FieldQuotationOptional = true,
            EscapeCharacter = '\\',
            LineTerminator = "\n",
            SourceStream = csv,
        };
        loader.Columns.AddRange(_targets);
        loader.Expressions.AddRange(_settings);
        var loaded = await loader.LoadAsync(cancellationToken);

        // LOCAL turns errors into warnings: a value that was cut or a row that was left out shows only here.
        var warnings = await _connection.QueryAsync("SHOW WARNINGS LIMIT 1", reader => (Convert.ToInt32(reader.GetValue(1), CultureInfo.InvariantCulture), reader.GetString(2)), cancellationToken);
        if (warnings.Count > 0)
        {
            throw new CsvLoadException(warnings[0].Item1, warnings[0].Item2);
        }

        return loaded == rows ? loaded : throw new CsvLoadException(0, $"the server took {loaded} of {rows} rows");
    }

    private void Separate()
    {
        if (!_firstInRow)
        {
            Byte((byte)',');
        }

        _firstInRow = false;
    }

    private void Byte(byte value)
    {
        _csv.GetSpan(1)[0] = value;
        _csv.Advance(1);
    }
}
