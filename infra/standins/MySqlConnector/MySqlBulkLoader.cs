using System.Data;
using Driver = MySql.Data.MySqlClient;

namespace MySqlConnector;

/// <summary>LOAD DATA from a stream or a file. The driver underneath wants a stream that can seek: another one is buffered whole.</summary>
public sealed class MySqlBulkLoader(MySqlConnection connection)
{
    public MySqlConnection Connection { get; set; } = connection;

    public string? TableName { get; set; }

    public string? CharacterSet { get; set; }

    public List<string> Columns { get; } = [];

    /// <summary>SET clauses.</summary>
    public List<string> Expressions { get; } = [];

    public MySqlBulkLoaderConflictOption ConflictOption { get; set; }

    public char EscapeCharacter { get; set; }

    public char FieldQuotationCharacter { get; set; }

    public bool FieldQuotationOptional { get; set; }

    public string? FieldTerminator { get; set; }

    public string? LinePrefix { get; set; }

    public string? LineTerminator { get; set; }

    public int NumberOfLinesToSkip { get; set; }

    /// <summary>Whether the client reads the file; needed for a stream.</summary>
    public bool Local { get; set; } = true;

    public string? FileName { get; set; }

    public Stream? SourceStream { get; set; }

    /// <summary>Seconds; 0 is without end.</summary>
    public int Timeout { get; set; }

    public int Load() => LoadAsync(CancellationToken.None).GetAwaiter().GetResult();

    public Task<int> LoadAsync() => LoadAsync(CancellationToken.None);

    public async Task<int> LoadAsync(CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(TableName))
            throw new InvalidOperationException("TableName is required.");
        if (!string.IsNullOrWhiteSpace(FileName) == SourceStream is not null)
            throw new InvalidOperationException("Exactly one of FileName or SourceStream must be set.");
        if (SourceStream is not null && !Local)
            throw new InvalidOperationException("Local must be true to use SourceStream.");
        if (Local && !Connection.Options.AllowLoadLocalInfile)
        {
            throw new NotSupportedException(
                "To use MySqlBulkLoader.Local=true, set AllowLoadLocalInfile=true in the connection string. See https://mysqlconnector.net/load-data");
        }

        var closeConnection = Connection.State != ConnectionState.Open;
        if (closeConnection)
            await Connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        Connection.RequireIdle();
        try
        {
            var stream = SourceStream is { CanSeek: false } source
                ? await BufferAsync(source, cancellationToken).ConfigureAwait(false)
                : SourceStream;
            var loader = Loader();
            return await DriverCall.RunAsync(
                Connection, () => stream is null ? loader.Load() : loader.Load(stream), Timeout, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (closeConnection)
                await Connection.CloseAsync().ConfigureAwait(false);
        }
    }

    private static async Task<Stream> BufferAsync(Stream source, CancellationToken cancellationToken)
    {
        var buffer = new MemoryStream();
        await source.CopyToAsync(buffer, cancellationToken).ConfigureAwait(false);
        buffer.Position = 0;
        return buffer;
    }

    // The driver puts terminators into the statement as they are.
    private static string Quoted(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("'", "\\'", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal)
        .Replace("\r", "\\r", StringComparison.Ordinal)
        .Replace("\t", "\\t", StringComparison.Ordinal);

    private Driver.MySqlBulkLoader Loader()
    {
        var loader = new Driver.MySqlBulkLoader(Connection.OpenDriver)
        {
            TableName = TableName,
            Local = Local,
            FileName = FileName,
            FieldTerminator = Quoted(FieldTerminator ?? "\t"),
            LineTerminator = Quoted(LineTerminator ?? "\n"),
            NumberOfLinesToSkip = NumberOfLinesToSkip,
            EscapeCharacter = EscapeCharacter == default ? '\\' : EscapeCharacter,
            ConflictOption = ConflictOption switch
            {
                MySqlBulkLoaderConflictOption.Replace => Driver.MySqlBulkLoaderConflictOption.Replace,
                MySqlBulkLoaderConflictOption.Ignore => Driver.MySqlBulkLoaderConflictOption.Ignore,
                _ => Driver.MySqlBulkLoaderConflictOption.None,
            },
        };
        if (CharacterSet is not null)
            loader.CharacterSet = CharacterSet;
        if (LinePrefix is not null)
            loader.LinePrefix = Quoted(LinePrefix);
        if (FieldQuotationCharacter != default)
        {
            loader.FieldQuotationCharacter = FieldQuotationCharacter;
            loader.FieldQuotationOptional = FieldQuotationOptional;
        }

        loader.Columns.AddRange(Columns);
        loader.Expressions.AddRange(Expressions);
        return loader;
    }
}
