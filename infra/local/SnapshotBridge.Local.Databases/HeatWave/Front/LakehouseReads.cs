using System.Text;
using MySqlConnector;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.HeatWave.Front;

/// <summary>
/// Refuses what HeatWave refuses to read: a Lakehouse table has no rows but those in the cluster's memory, so that one that is
/// not loaded cannot be queried, also not through a view. Looked at are the statements that a client sends as text, not those
/// of stored programs, and it is asked over a connection of its own, so that the client's session stays as it is.
/// </summary>
/// <param name="connectionString">The administrator's way to the server.</param>
internal sealed class LakehouseReads(string connectionString) : IAsyncDisposable
{
    /// <summary>HeatWave's number for what its engine cannot do; its text differs by version.</summary>
    private const int OperationFailed = 3889;

    private static readonly HashSet<string> ServersOwn = new(StringComparer.OrdinalIgnoreCase)
    {
        "information_schema", "performance_schema", "mysql", "sys", RapidViews.PerformanceSchema, RapidViews.InformationSchema, RapidViews.Procedures,
    };

    private static readonly string[] Verbs = ["SELECT", "WITH", "INSERT", "REPLACE", "SET", "DO", "CREATE"];

    private MySqlConnection? _connection;

    /// <summary>The client's connection, whose schema names without one are looked up in.</summary>
    public uint ConnectionId { get; set; }

    /// <param name="sql">The statement, with a character for each byte.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="StatementRejectedException">A table that it reads is not loaded.</exception>
    public async Task CheckAsync(string sql, CancellationToken cancellationToken)
    {
        if (!sql.Contains("SELECT", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        var tokens = SqlTokens.Read(sql);
        if (!Reads(tokens))
        {
            return;
        }

        var names = await NamesAsync(tokens, cancellationToken);
        var seen = new HashSet<(string, string)>();
        while (names.TryDequeue(out var name))
        {
            if (!ServersOwn.Contains(name.Schema) && seen.Add(name))
            {
                await CheckTableAsync(name, names, cancellationToken);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is { } connection)
        {
            await connection.DisposeAsync();
        }
    }

    /// <summary>A view may be created of what is not loaded; a table of its rows may not.</summary>
    private static bool Reads(List<SqlToken> tokens)
    {
        var first = tokens.Find(token => !token.Is('('));
        return Array.Exists(Verbs, first.Is) && (!first.Is("CREATE") || (tokens.Count > 1 && tokens[1].Is("TABLE"))) && tokens.Exists(token => token.Is("SELECT"));
    }

    private async Task<Queue<(string Schema, string Table)>> NamesAsync(List<SqlToken> tokens, CancellationToken cancellationToken)
    {
        var names = Qualified(tokens);
        string? schema = null;
        for (var i = 1; i < tokens.Count; i++)
        {
            if (tokens[i].IsName && (tokens[i - 1].Is("FROM") || tokens[i - 1].Is("JOIN")) && (i + 1 == tokens.Count || !(tokens[i + 1].Is('.') || tokens[i + 1].Is('('))))
            {
                schema ??= await SchemaAsync(cancellationToken) ?? "";
                names.Enqueue((schema, Name(tokens[i])));
            }
        }

        return names;
    }

    /// <summary>Every pair of names with a dot between. Columns are among them, and no tables.</summary>
    private static Queue<(string Schema, string Table)> Qualified(List<SqlToken> tokens)
    {
        var names = new Queue<(string, string)>();
        for (var i = 0; i + 2 < tokens.Count; i++)
        {
            if (tokens[i].IsName && tokens[i + 1].Is('.') && tokens[i + 2].IsName)
            {
                names.Enqueue((Name(tokens[i]), Name(tokens[i + 2])));
            }
        }

        return names;
    }

    private async Task CheckTableAsync((string Schema, string Table) name, Queue<(string Schema, string Table)> names, CancellationToken cancellationToken)
    {
        var tables = await QueryAsync(
            "SELECT TABLE_TYPE='VIEW', CONVERT(TABLE_COMMENT USING utf8mb4) FROM information_schema.TABLES WHERE TABLE_SCHEMA=@p0 AND TABLE_NAME=@p1",
            reader => (IsView: Convert.ToInt32(reader.GetValue(0), null) != 0, Comment: reader.IsDBNull(1) ? "" : reader.GetString(1)), cancellationToken, name.Schema, name.Table);
        if (tables.Count == 0)
        {
            return;
        }

        if (tables[0].IsView)
        {
            foreach (var text in await QueryAsync(
                "SELECT CONVERT(VIEW_DEFINITION USING utf8mb4) FROM information_schema.VIEWS WHERE TABLE_SCHEMA=@p0 AND TABLE_NAME=@p1",
                reader => reader.IsDBNull(0) ? "" : reader.GetString(0), cancellationToken, name.Schema, name.Table))
            {
                // As the texts of clients, so that names are read in one way.
                foreach (var used in Qualified(SqlTokens.Read(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text)))))
                {
                    names.Enqueue(used);
                }
            }

            return;
        }

        if (TableMark.Parse(tables[0].Comment) is not { Engine: TableMark.Lakehouse } mark)
        {
            return;
        }

        var states = await QueryAsync("SELECT CONVERT(load_status USING utf8mb4) FROM sys.sb_rapid_tables WHERE id=@p0", reader => reader.GetString(0), cancellationToken, mark.Id);
        if (states is not [Declared.RapidCatalogue.Available])
        {
            var message = $"Secondary engine operation failed. Table `{name.Schema}`.`{name.Table}` is not loaded in secondary engine.";
            throw new StatementRejectedException(OperationFailed, "HY000", Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(message)));
        }
    }

    private async Task<string?> SchemaAsync(CancellationToken cancellationToken) => (await QueryAsync(
        "SELECT CONVERT(DB USING utf8mb4) FROM information_schema.PROCESSLIST WHERE ID=@p0", reader => reader.IsDBNull(0) ? null : reader.GetString(0), cancellationToken, ConnectionId)).FirstOrDefault();

    private async Task<List<T>> QueryAsync<T>(string sql, Func<MySqlDataReader, T> row, CancellationToken cancellationToken, params object?[] values)
    {
        try
        {
            _connection ??= await MySqlExtensions.OpenAsync(connectionString, cancellationToken);
            return await _connection.QueryAsync(sql, row, cancellationToken, values);
        }
        catch (MySqlException e)
        {
            // The server goes down, and the client's connection with it.
            throw new IOException("The server does not tell whether a table is loaded.", e);
        }
    }

    private static string Name(SqlToken token) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(token.Value));
}
