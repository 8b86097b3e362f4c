using System.Data;
using System.Globalization;

namespace MySqlConnector;

/// <summary>
/// Loads rows by LOAD DATA LOCAL, which the connection string must allow. Unlike the package it sends one statement per chunk of
/// about 16 MB, because the driver underneath wants a stream whose length is known: use a transaction where all or nothing counts.
/// </summary>
public sealed class MySqlBulkCopy(MySqlConnection connection, MySqlTransaction? transaction = null)
{
    private const int ChunkBytes = 16 * 1024 * 1024;

    /// <summary>Seconds; 0 is without end.</summary>
    public int BulkCopyTimeout { get; set; }

    public string? DestinationTableName { get; set; }

    public MySqlBulkLoaderConflictOption ConflictOption { get; set; }

    /// <summary>Where each value goes. Empty: in the order of the table's columns.</summary>
    public List<MySqlBulkCopyColumnMapping> ColumnMappings { get; } = [];

    public int RowsCopied { get; private set; }

    public MySqlBulkCopyResult WriteToServer(DataTable dataTable) => WriteToServerAsync(dataTable).AsTask().GetAwaiter().GetResult();

    public MySqlBulkCopyResult WriteToServer(IDataReader dataReader) => WriteToServerAsync(dataReader).AsTask().GetAwaiter().GetResult();

    public async ValueTask<MySqlBulkCopyResult> WriteToServerAsync(DataTable dataTable, CancellationToken cancellationToken = default)
    {
        using var reader = dataTable.CreateDataReader();
        return await WriteToServerAsync(reader, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<MySqlBulkCopyResult> WriteToServerAsync(IDataReader dataReader, CancellationToken cancellationToken = default)
    {
        var table = DestinationTableName
            ?? throw new InvalidOperationException("DestinationTableName must be set before calling WriteToServer");
        var closeConnection = connection.State != ConnectionState.Open;
        if (closeConnection)
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);

        RowsCopied = 0;
        var (columns, expressions) = await DestinationAsync(table, dataReader.FieldCount, cancellationToken).ConfigureAwait(false);
        var warnings = new List<MySqlError>();
        var inserted = 0;
        var values = new object[dataReader.FieldCount];
        using var chunk = new MemoryStream();
        while (true)
        {
            var more = await ReadAsync(dataReader, cancellationToken).ConfigureAwait(false);
            if (more)
            {
                dataReader.GetValues(values);
                LoadDataText.WriteRow(chunk, values);
                RowsCopied++;
            }

            if (chunk.Length >= ChunkBytes || (!more && chunk.Length > 0))
            {
                // The driver disposes of the stream it is given.
                var rows = new MemoryStream(chunk.GetBuffer(), 0, (int)chunk.Length, writable: false);
                inserted += await LoadAsync(table, columns, expressions, rows, warnings, cancellationToken).ConfigureAwait(false);
                chunk.SetLength(0);
            }

            if (!more)
                break;
        }

        if (closeConnection)
            await connection.CloseAsync().ConfigureAwait(false);

        if (inserted != RowsCopied && ConflictOption == MySqlBulkLoaderConflictOption.None)
        {
            throw new MySqlException(
                MySqlErrorCode.BulkCopyFailed,
                $"{RowsCopied} row{(RowsCopied == 1 ? " was" : "s were")} copied to {table} but only {inserted} {(inserted == 1 ? "was" : "were")} inserted.");
        }

        return new MySqlBulkCopyResult(warnings, inserted);
    }

    private static async ValueTask<bool> ReadAsync(IDataReader reader, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return reader is System.Data.Common.DbDataReader asynchronous
            ? await asynchronous.ReadAsync(cancellationToken).ConfigureAwait(false)
            : reader.Read();
    }

    private static string Quote(string identifier) => "`" + identifier.Replace("`", "``", StringComparison.Ordinal) + "`";

    /// <summary>The column list of the statement and its SET clauses: bytes travel as hex, bits as numbers.</summary>
    private async Task<(List<string> Columns, List<string> Expressions)> DestinationAsync(
        string table, int sourceColumns, CancellationToken cancellationToken)
    {
        var mappings = ColumnMappings.Select(m => (m.SourceOrdinal, m.DestinationColumn, m.Expression)).ToList();
        var byDefault = mappings.Count == 0;
        var command = new MySqlCommand($"SELECT * FROM {table} LIMIT 0", connection, transaction);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                for (var i = 0; i < reader.FieldCount; i++)
                {
                    var name = reader.GetName(i);
                    if (byDefault && reader.GetDataTypeName(i) == "YEAR")
                        throw new NotSupportedException("'YEAR' columns are not supported by MySqlBulkCopy.");
                    if (byDefault)
                        mappings.Add((i, name, null));
                    var index = mappings.FindIndex(m => string.Equals(m.DestinationColumn, name, StringComparison.OrdinalIgnoreCase));
                    var variable = string.Create(CultureInfo.InvariantCulture, $"@`sb_col{i}`");
                    var expression = reader.GetDataTypeName(i) == "BIT" ? $"{Quote(name)} = CAST({variable} AS UNSIGNED)"
                        : reader.GetFieldType(i) == typeof(byte[]) ? $"{Quote(name)} = UNHEX({variable})"
                        : null;
                    if (index >= 0 && expression is not null && mappings[index].Expression is null)
                        mappings[index] = (mappings[index].SourceOrdinal, variable, expression);
                }
            }
        }

        if (mappings.Find(m => m.SourceOrdinal < 0 || m.SourceOrdinal >= sourceColumns) is { DestinationColumn: not null } outside)
            throw new InvalidOperationException($"SourceOrdinal {outside.SourceOrdinal} is an invalid value");

        var columns = new List<string>();
        for (var i = 0; i < sourceColumns; i++)
        {
            var index = mappings.FindIndex(m => m.SourceOrdinal == i);
            if (index < 0)
                columns.Add("@`sb_ignore`");
            else if (mappings[index].DestinationColumn is not { Length: > 0 } destination)
                throw new InvalidOperationException($"MySqlBulkCopyColumnMapping.DestinationName is not set for SourceOrdinal {i}");
            else
                columns.Add(destination[0] == '@' ? destination : Quote(destination));
        }

        return (columns, mappings.Where(m => m.Expression is not null).Select(m => m.Expression!).ToList());
    }

    private async Task<int> LoadAsync(
        string table,
        List<string> columns,
        List<string> expressions,
        MemoryStream chunk,
        List<MySqlError> warnings,
        CancellationToken cancellationToken)
    {
        var loader = new MySqlBulkLoader(connection)
        {
            TableName = table,
            CharacterSet = "utf8mb4",
            EscapeCharacter = '\\',
            FieldTerminator = "\t",
            LineTerminator = "\n",
            ConflictOption = ConflictOption,
            Timeout = BulkCopyTimeout,
            SourceStream = chunk,
        };
        loader.Columns.AddRange(columns);
        loader.Expressions.AddRange(expressions);

        void Collect(object sender, MySqlInfoMessageEventArgs args) => warnings.AddRange(args.Errors);
        connection.InfoMessage += Collect;
        try
        {
            return await loader.LoadAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            connection.InfoMessage -= Collect;
        }
    }
}

/// <summary>Where a value goes.</summary>
public sealed class MySqlBulkCopyColumnMapping(int sourceOrdinal, string destinationColumn, string? expression = null)
{
    public MySqlBulkCopyColumnMapping()
        : this(0, "")
    {
    }

    public int SourceOrdinal { get; set; } = sourceOrdinal;

    /// <summary>A column, or a variable <c>@name</c> that the expression uses.</summary>
    public string DestinationColumn { get; set; } = destinationColumn;

    /// <summary>A SET clause such as <c>column = UNHEX(@name)</c>.</summary>
    public string? Expression { get; set; } = expression;
}

/// <summary>What a bulk copy did.</summary>
public sealed class MySqlBulkCopyResult
{
    internal MySqlBulkCopyResult(IReadOnlyList<MySqlError> warnings, int rowsInserted)
    {
        Warnings = warnings;
        RowsInserted = rowsInserted;
    }

    public IReadOnlyList<MySqlError> Warnings { get; }

    public int RowsInserted { get; }
}
