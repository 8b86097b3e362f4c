using System.Data;
using System.Diagnostics;
using MySqlConnector;
using Xunit;

namespace SnapshotBridge.Local.Tests.Standins;

public sealed class MySqlDriverTests(MySqlFixture fixture) : IClassFixture<MySqlFixture>
{
    // Unlike SLEEP and BENCHMARK, a join that is killed answers with an error on every server.
    private const string Endless = $"SELECT COUNT(*) FROM {Collations} a, {Collations} b, {Collations} c, {Collations} d, {Collations} e";
    private const string Collations = "information_schema.COLLATIONS";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void ConnectionStringBuilder_Defaults_AreThePackages()
    {
        var options = new MySqlConnectionStringBuilder();

        Assert.Equal("", options.Server);
        Assert.Equal(3306u, options.Port);
        Assert.Equal(MySqlSslMode.Preferred, options.SslMode);
        Assert.True(options.Pooling);
        Assert.Equal(100u, options.MaximumPoolSize);
        Assert.Equal(15u, options.ConnectionTimeout);
        Assert.Equal(30u, options.DefaultCommandTimeout);
        Assert.Equal(2, options.CancellationTimeout);
        Assert.False(options.AllowUserVariables);
        Assert.False(options.AllowLoadLocalInfile);
        Assert.False(options.AllowPublicKeyRetrieval);
        Assert.True(options.TreatTinyAsBoolean);
    }

    [Fact]
    public void ConnectionStringBuilder_OtherSpellings_AreUnderstoodAndUnknownOptionsRefused()
    {
        var options = new MySqlConnectionStringBuilder("Host=h;Uid=u;pwd=p;SslMode=VerifyFull;AllowUserVariables=yes;Connect Timeout=3");

        Assert.Equal("h", options.Server);
        Assert.Equal("u", options.UserID);
        Assert.Equal("p", options.Password);
        Assert.Equal(MySqlSslMode.VerifyFull, options.SslMode);
        Assert.True(options.AllowUserVariables);
        Assert.Equal(3u, options.ConnectionTimeout);
        Assert.Throws<ArgumentException>(() => new MySqlConnectionStringBuilder("Sever=h"));
        Assert.Throws<ArgumentException>(() => new MySqlConnectionStringBuilder("SslMode=Maybe").SslMode);
    }

    [Fact]
    public async Task OpenAsync_RightPassword_ConnectsAndHidesIt()
    {
        await using var connection = await fixture.OpenAsync();

        Assert.Equal(ConnectionState.Open, connection.State);
        Assert.True(connection.ServerThread > 0);
        Assert.Equal("driver", connection.Database);
        Assert.NotEmpty(connection.ServerVersion);
        Assert.DoesNotContain(fixture.Server.Password, connection.ConnectionString, StringComparison.Ordinal);
        Assert.True(await connection.PingAsync(Token));
    }

    [Fact]
    public async Task OpenAsync_WrongPassword_IsAccessDenied()
    {
        var error = await Assert.ThrowsAsync<MySqlException>(() => fixture.OpenAsync(o => o.Password = "wrong"));

        Assert.Equal(1045, error.Number);
        Assert.Equal(MySqlErrorCode.AccessDenied, error.ErrorCode);
        Assert.Equal("28000", error.SqlState);
        Assert.False(error.IsTransient);
        Assert.StartsWith("Access denied", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_UnknownDatabase_HasItsNumber()
    {
        var error = await Assert.ThrowsAsync<MySqlException>(() => fixture.OpenAsync(o => o.Database = "nowhere"));

        Assert.Equal(MySqlErrorCode.UnknownDatabase, error.ErrorCode);
    }

    [Fact]
    public async Task OpenAsync_NobodyListens_IsTransient()
    {
        await using var connection = new MySqlConnection("Server=127.0.0.1;Port=1;UserID=u;ConnectionTimeout=5");

        var error = await Assert.ThrowsAsync<MySqlException>(() => connection.OpenAsync(Token));

        Assert.Equal(MySqlErrorCode.UnableToConnectToHost, error.ErrorCode);
        Assert.True(error.IsTransient);
        Assert.Equal(ConnectionState.Closed, connection.State);
    }

    [Fact]
    public async Task OpenAsync_Preferred_UsesTls()
    {
        await using var connection = await fixture.OpenAsync();
        await using var command = new MySqlCommand("SHOW STATUS LIKE 'Ssl_cipher'", connection);

        await using var reader = await command.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token));
        Assert.NotEmpty(reader.GetString(1));
    }

    [Fact]
    public async Task OpenAsync_VerifyFullWithAnUntrustedCa_Fails()
    {
        var error = await Assert.ThrowsAsync<MySqlException>(() => fixture.OpenAsync(o => o.SslMode = MySqlSslMode.VerifyFull));

        Assert.Equal(MySqlErrorCode.UnableToConnectToHost, error.ErrorCode);
    }

    [Fact]
    public async Task OpenAsync_VerifyFullWithSslCa_IsVerifiedOrRefused()
    {
        Assert.SkipUnless(MySqlFixture.IsStandIn, "The package itself reads SslCa.");

        var error = await Assert.ThrowsAsync<MySqlException>(() => fixture.OpenAsync(o =>
        {
            o.SslMode = MySqlSslMode.VerifyFull;
            o.SslCa = fixture.Server.CaFile!;
        }));

        Assert.Contains("SSL_CERT_FILE", error.Message, StringComparison.Ordinal);
        Assert.Contains(fixture.Server.CaFile!, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExecuteReaderAsync_EveryType_IsReadAsThePackageReadsIt()
    {
        await using var connection = await fixture.OpenAsync(o => o.AllowZeroDateTime = true);
        await ExecuteAsync(connection, "SET sql_mode = 'NO_ENGINE_SUBSTITUTION'");
        await ExecuteAsync(connection, """
            CREATE TABLE every_type (flag TINYINT(1), small TINYINT UNSIGNED, bits BIT(9), y YEAR, big BIGINT UNSIGNED, medium MEDIUMINT,
            wide DECIMAL(65,10), narrow DECIMAL(5,2), zero DATE, moment DATETIME(6), span TIME(6), guid CHAR(36), sixteen BINARY(16),
            bytes VARBINARY(9), doc JSON, choice ENUM('a','b'), place GEOMETRY, real4 FLOAT, real8 DOUBLE, words TEXT, nothing INT)
            """);
        await using (var insert = new MySqlCommand(
            """
            INSERT INTO every_type VALUES (1, 255, 300, 2026, 18446744073709551615, -8388608, @wide, 123.45, '0000-00-00',
            '2026-11-21 00:19:27.123456', '-838:59:59', '6b29fc40-ca47-1067-b31d-00dd010662da', @sixteen, x'00FF5C27', '{"a":1}', 'b',
            ST_GeomFromText('POINT(1 2)'), 1.5, 2.25, @words, NULL)
            """,
            connection))
        {
            insert.Parameters.AddWithValue("@wide", "1234567890123456789012345678901234567890.0123456789");
            insert.Parameters.AddWithValue("@sixteen", Enumerable.Range(0, 16).Select(i => (byte)i).ToArray());
            insert.Parameters.AddWithValue("words", "it's \\ \"quoted\" \r\n\t ü 😀 @x ?");
            Assert.Equal(1, await insert.ExecuteNonQueryAsync(Token));
        }

        await using var command = new MySqlCommand("SELECT * FROM every_type", connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token));

        Assert.Equal(true, reader["flag"]);
        Assert.Equal((byte)255, reader["small"]);
        Assert.Equal(300UL, reader["bits"]);
        Assert.Equal(2026, reader["y"]);
        Assert.Equal(ulong.MaxValue, reader["big"]);
        Assert.Throws<OverflowException>(() => reader.GetInt64("big"));
        Assert.Equal(ulong.MaxValue, reader.GetUInt64("big"));
        Assert.Equal(-8388608, reader["medium"]);
        Assert.Throws<FormatException>(() => reader["wide"]);
        Assert.Equal("1234567890123456789012345678901234567890.0123456789", reader.GetMySqlDecimal("wide").ToString());
        Assert.Equal(123.45m, reader.GetDecimal("narrow"));
        Assert.Equal(new MySqlDateTime(0, 0, 0, 0, 0, 0, 0), reader["zero"]);
        Assert.Equal(new DateTime(2026, 11, 21, 0, 19, 27, 123).AddTicks(4560), reader.GetDateTime("moment"));
        Assert.Equal(-new TimeSpan(838, 59, 59), reader["span"]);
        Assert.Equal(Guid.Parse("6b29fc40-ca47-1067-b31d-00dd010662da"), reader["guid"]);
        Assert.Equal(Enumerable.Range(0, 16).Select(i => (byte)i).ToArray(), reader["sixteen"]);
        Assert.Equal(new byte[] { 0, 255, 0x5C, 0x27 }, reader["bytes"]);
        Assert.Equal("""{"a":1}""", reader.GetString("doc").Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal("b", reader["choice"]);
        Assert.Equal(25, reader.GetFieldValue<byte[]>(reader.GetOrdinal("place")).Length);
        Assert.Equal(1.5f, reader["real4"]);
        Assert.Equal(2.25, reader["real8"]);
        Assert.Equal("it's \\ \"quoted\" \r\n\t ü 😀 @x ?", reader["words"]);
        Assert.True(reader.IsDBNull("nothing"));
        Assert.Equal(DBNull.Value, reader["nothing"]);
        Assert.Throws<InvalidCastException>(() => reader.GetInt32("nothing"));
        Assert.Throws<InvalidCastException>(() => reader.GetString("medium"));
        Assert.False(await reader.ReadAsync(Token));
        Assert.False(await reader.NextResultAsync(Token));
    }

    [Fact]
    public async Task ExecuteReaderAsync_ZeroDateNotAllowed_FailsWhereItIsRead()
    {
        await using var connection = await fixture.OpenAsync();
        await ExecuteAsync(connection, "SET sql_mode = ''");
        await ExecuteAsync(connection, "CREATE TEMPORARY TABLE zero_date (id INT, d DATE)");
        await ExecuteAsync(connection, "INSERT INTO zero_date VALUES (7, '0000-00-00')");
        await using var command = new MySqlCommand("SELECT id, d FROM zero_date", connection);

        await using var reader = await command.ExecuteReaderAsync(Token);

        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal(7, reader.GetInt32(0));
        Assert.ThrowsAny<Exception>(() => reader.GetDateTime(1));
    }

    [Fact]
    public async Task ExecuteReaderAsync_CallWithManyResultSets_GivesThemAll()
    {
        await using var connection = await fixture.OpenAsync();
        await ExecuteAsync(connection, "CREATE PROCEDURE three_sets(IN doc TEXT) BEGIN SELECT doc AS first; SELECT 1 AS a, 2 AS b UNION ALL SELECT 3, 4; SELECT 5 WHERE FALSE; END");
        await using var command = new MySqlCommand("CALL three_sets(@doc)", connection);
        command.Parameters.AddWithValue("@doc", """[{"db_name":"w's"}]""");

        await using var reader = await command.ExecuteReaderAsync(Token);
        var seen = new List<string>();
        do
        {
            seen.Add(string.Join(',', Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)));
            while (await reader.ReadAsync(Token))
                seen.Add(string.Join(',', Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i))));
        }
        while (await reader.NextResultAsync(Token));

        Assert.Equal(["first", """[{"db_name":"w's"}]""", "a,b", "1,2", "3,4", "5"], seen);
    }

    [Fact]
    public async Task Execute_SignalAfterAResultSet_SurfacesFromReaderScalarAndNonQuery()
    {
        await using var connection = await fixture.OpenAsync();
        await ExecuteAsync(connection, "CREATE PROCEDURE late_signal() BEGIN SELECT 1; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'too late'; END");
        await using var command = new MySqlCommand("CALL late_signal()", connection);

        MySqlException fromReader;
        await using (var reader = await command.ExecuteReaderAsync(Token))
        {
            Assert.True(await reader.ReadAsync(Token));
            fromReader = await Assert.ThrowsAsync<MySqlException>(async () =>
            {
                while (await reader.ReadAsync(Token) || await reader.NextResultAsync(Token))
                {
                }
            });
        }

        var fromScalar = await Assert.ThrowsAsync<MySqlException>(() => command.ExecuteScalarAsync(Token));
        var fromNonQuery = await Assert.ThrowsAsync<MySqlException>(() => command.ExecuteNonQueryAsync(Token));

        Assert.All(
            [fromReader, fromScalar, fromNonQuery],
            e =>
            {
                Assert.Equal(1644, e.Number);
                Assert.Equal("45000", e.SqlState);
                Assert.Equal("too late", e.Message);
            });
        Assert.Equal(1L, Convert.ToInt64(await ScalarAsync(connection, "SELECT 1"), null));
    }

    [Theory]
    [InlineData("SELECT * FROM nowhere", MySqlErrorCode.NoSuchTable, "42S02")]
    [InlineData("SELEC 1", MySqlErrorCode.ParseError, "42000")]
    [InlineData("CALL nothing_there()", MySqlErrorCode.StoredProcedureDoesNotExist, "42000")]
    public async Task ExecuteNonQueryAsync_ServerError_HasNumberAndState(string sql, MySqlErrorCode code, string state)
    {
        await using var connection = await fixture.OpenAsync();

        var error = await Assert.ThrowsAsync<MySqlException>(() => ExecuteAsync(connection, sql));

        Assert.Equal(code, error.ErrorCode);
        Assert.Equal((int)code, error.Number);
        Assert.Equal(state, error.SqlState);
        Assert.Equal(ConnectionState.Open, connection.State);
    }

    [Fact]
    public async Task ExecuteScalarAsync_UserVariable_NeedsToBeAllowed()
    {
        await using var strict = await fixture.OpenAsync();
        await using var lenient = await fixture.OpenAsync(o => o.AllowUserVariables = true);

        var error = await Assert.ThrowsAsync<MySqlException>(() => ScalarAsync(strict, "SELECT @o"));

        Assert.StartsWith("Parameter '@o' must be defined", error.Message, StringComparison.Ordinal);
        Assert.Equal("@o", await ScalarAsync(strict, "SELECT '@o' /* @o */ -- @o\n"));
        Assert.NotNull(await ScalarAsync(strict, "SELECT @@version"));
        Assert.Equal("x", await ScalarAsync(lenient, "SET @o = 'x'; SELECT @o"));
    }

    [Fact]
    public async Task StoredProcedure_InOutParameter_IsSetWhenTheReaderIsDrained()
    {
        await using var connection = await fixture.OpenAsync();
        await ExecuteAsync(connection, "CREATE PROCEDURE doubled(INOUT n INT) BEGIN SELECT n; SET n = 2 * n; END");
        await using var command = new MySqlCommand("doubled", connection) { CommandType = CommandType.StoredProcedure };
        command.Parameters.Add(new MySqlParameter("@n", 21) { Direction = ParameterDirection.InputOutput });

        await command.ExecuteNonQueryAsync(Token);

        Assert.Equal(42, Convert.ToInt32(command.Parameters["@n"].Value, null));
    }

    [Fact]
    public async Task ExecuteScalarAsync_CommandTimeout_KillsTheQueryAndKeepsTheConnection()
    {
        await using var connection = await fixture.OpenAsync();
        await using var command = new MySqlCommand(Endless, connection) { CommandTimeout = 1 };
        var started = Stopwatch.GetTimestamp();

        var error = await Assert.ThrowsAsync<MySqlException>(() => command.ExecuteScalarAsync(Token));

        Assert.Equal(MySqlErrorCode.CommandTimeoutExpired, error.ErrorCode);
        Assert.Equal(-1, error.Number);
        Assert.True(Stopwatch.GetElapsedTime(started) >= TimeSpan.FromSeconds(0.9));
        Assert.Equal(ConnectionState.Open, connection.State);
        Assert.Equal(1L, Convert.ToInt64(await ScalarAsync(connection, "SELECT 1"), null));
    }

    [Fact]
    public async Task ExecuteScalarAsync_CancelledToken_KillsTheQueryAndKeepsTheConnection()
    {
        await using var connection = await fixture.OpenAsync();
        await using var command = new MySqlCommand(Endless, connection) { CommandTimeout = 0 };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = command.ExecuteScalarAsync(stop.Token);
        await WhenRunsAsync(connection);
        await stop.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        Assert.Equal(stop.Token, error.CancellationToken);
        Assert.Equal(1L, Convert.ToInt64(await ScalarAsync(connection, "SELECT 1"), null));
    }

    [Fact]
    public async Task ReadAsync_CancelledBetweenRows_StopsTheQuery()
    {
        await using var connection = await fixture.OpenAsync();
        await using var command = new MySqlCommand("SELECT 1 UNION ALL " + Endless, connection) { CommandTimeout = 0 };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var reading = ReadAllAsync(command, stop.Token);
        await WhenRunsAsync(connection);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);

        Assert.Equal(1L, Convert.ToInt64(await ScalarAsync(connection, "SELECT 1"), null));
    }

    [Fact]
    public async Task ExecuteReaderAsync_SecondReader_IsRefused()
    {
        await using var connection = await fixture.OpenAsync();
        await using var command = new MySqlCommand("SELECT 1", connection);
        await using var second = new MySqlCommand("SELECT 2", connection);

        await using (await command.ExecuteReaderAsync(Token))
            await Assert.ThrowsAsync<InvalidOperationException>(() => second.ExecuteScalarAsync(Token));

        Assert.Equal(2L, Convert.ToInt64(await second.ExecuteScalarAsync(Token), null));
    }

    [Fact]
    public async Task ExecuteReaderAsync_ReaderLeftEarly_FreesTheConnection()
    {
        await using var connection = await fixture.OpenAsync();
        await ExecuteAsync(connection, "CREATE TABLE many_rows (id INT PRIMARY KEY AUTO_INCREMENT, filler CHAR(50) DEFAULT 'x')");
        await ExecuteAsync(connection, "INSERT INTO many_rows () VALUES (), (), (), (), (), (), (), (), (), ()");
        for (var i = 0; i < 9; i++)
            await ExecuteAsync(connection, "INSERT INTO many_rows (filler) SELECT filler FROM many_rows");
        await using var command = new MySqlCommand("SELECT * FROM many_rows", connection);

        await using (var reader = await command.ExecuteReaderAsync(Token))
            Assert.True(await reader.ReadAsync(Token));

        Assert.Equal(5120L, Convert.ToInt64(await ScalarAsync(connection, "SELECT COUNT(*) FROM many_rows"), null));
        var rows = 0;
        await using (var reader = await command.ExecuteReaderAsync(Token))
        {
            while (await reader.ReadAsync(Token))
                rows++;
        }

        Assert.Equal(5120, rows);
    }

    [Fact]
    public async Task Transaction_RolledBackOrCommitted_DoesSo()
    {
        await using var connection = await fixture.OpenAsync();
        await ExecuteAsync(connection, "CREATE TABLE in_transaction (id INT)");

        await using (var transaction = await connection.BeginTransactionAsync(Token))
        {
            await using var insert = new MySqlCommand("INSERT INTO in_transaction VALUES (1)", connection, transaction);
            await insert.ExecuteNonQueryAsync(Token);
            await using var stranger = new MySqlCommand("SELECT 1", connection);
            await Assert.ThrowsAsync<InvalidOperationException>(() => stranger.ExecuteScalarAsync(Token));
        }

        await using (var transaction = await connection.BeginTransactionAsync(Token))
        {
            await using var insert = new MySqlCommand("INSERT INTO in_transaction VALUES (2)", connection, transaction);
            await insert.ExecuteNonQueryAsync(Token);
            await transaction.CommitAsync(Token);
        }

        Assert.Equal(2L, Convert.ToInt64(await ScalarAsync(connection, "SELECT SUM(id) FROM in_transaction"), null));
    }

    [Fact]
    public async Task Pool_ReusedConnection_HasForgottenItsSession()
    {
        int first;
        await using (var connection = await fixture.OpenAsync(OnePoolOfItsOwn))
        {
            first = connection.ServerThread;
            await ExecuteAsync(connection, "SET @left = 'behind'; SET SESSION sql_mode = ''");
        }

        await using var again = await fixture.OpenAsync(OnePoolOfItsOwn);
        Assert.Equal(first, again.ServerThread);
        Assert.Equal(DBNull.Value, await ScalarAsync(again, "SELECT @left"));

        // Another test's idle connection must not be the one that comes back.
        static void OnePoolOfItsOwn(MySqlConnectionStringBuilder options)
        {
            options.AllowUserVariables = true;
            options.MaximumPoolSize = 1;
        }
    }

    [Fact]
    public async Task Open_ManyAtOnce_AllWork()
    {
        await using var source = new MySqlDataSourceBuilder(fixture.Options().ConnectionString).UseName("many").Build();

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            await using var connection = await source.OpenConnectionAsync(Token);
            return Convert.ToInt32(await ScalarAsync(connection, $"SELECT {i} + SLEEP(0.05)"), null);
        }));

        Assert.Equal(Enumerable.Range(0, 20), results);
    }

    [Fact]
    public async Task ExecuteScalarAsync_ConnectionKilled_BreaksIt()
    {
        await using var victim = await fixture.OpenAsync(o => o.Pooling = false);
        await using var killer = await fixture.OpenAsync(o => o.Pooling = false);

        var running = ScalarAsync(victim, Endless);
        await WhenRunsAsync(victim);
        await ExecuteAsync(killer, $"KILL {victim.ServerThread}");

        await Assert.ThrowsAsync<MySqlException>(() => running);
        Assert.Equal(ConnectionState.Broken, victim.State);
        await victim.CloseAsync();
        await victim.OpenAsync(Token);
        Assert.Equal(1L, Convert.ToInt64(await ScalarAsync(victim, "SELECT 1"), null));
    }

    [Fact]
    public async Task BulkCopy_DataReader_IsExact()
    {
        await using var connection = await fixture.OpenAsync(o => o.AllowLoadLocalInfile = true);
        await ExecuteAsync(connection, """
            CREATE TABLE bulk (id INT, words TEXT, bytes VARBINARY(20), bits BIT(9), wide DECIMAL(30,10), moment DATETIME(6), span TIME(6),
            flag BOOL, big BIGINT UNSIGNED, real8 DOUBLE) CHARACTER SET utf8mb4
            """);
        using var table = new DataTable();
        foreach (var (name, type) in ((string, Type)[])
            [
                ("id", typeof(int)), ("words", typeof(string)), ("bytes", typeof(byte[])), ("bits", typeof(ulong)), ("wide", typeof(decimal)),
                ("moment", typeof(DateTime)), ("span", typeof(TimeSpan)), ("flag", typeof(bool)), ("big", typeof(ulong)), ("real8", typeof(double)),
            ])
        {
            table.Columns.Add(name, type);
        }

        string[] texts = ["", "NULL", "\\N", "tab\there", "line\nbreak\r\n", "back\\slash", "quote\"'", "ü😀", "nul\0zero", "end\\"];
        for (var i = 0; i < texts.Length; i++)
        {
            table.Rows.Add(
                i, texts[i], new byte[] { (byte)i, 0, 255, 9, 10, 92 }, 300UL + (ulong)i, 12345678901234567890.0123456789m,
                new DateTime(2026, 11, 21, 0, 19, 27).AddTicks(1234560), -new TimeSpan(100, 2, 3), i % 2 == 0, ulong.MaxValue, 0.1 + 0.2);
        }

        table.Rows.Add(99, DBNull.Value, DBNull.Value, DBNull.Value, DBNull.Value, DBNull.Value, DBNull.Value, DBNull.Value, DBNull.Value, DBNull.Value);

        var result = await new MySqlBulkCopy(connection) { DestinationTableName = "bulk" }.WriteToServerAsync(table, Token);

        Assert.Equal(texts.Length + 1, result.RowsInserted);
        Assert.Empty(result.Warnings);
        await using var command = new MySqlCommand("SELECT * FROM bulk ORDER BY id", connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        for (var i = 0; i < texts.Length; i++)
        {
            Assert.True(await reader.ReadAsync(Token));
            Assert.Equal(texts[i], reader.GetString("words"));
            Assert.Equal(table.Rows[i]["bytes"], reader["bytes"]);
            Assert.Equal(table.Rows[i]["bits"], reader["bits"]);
            Assert.Equal(table.Rows[i]["wide"], reader["wide"]);
            Assert.Equal(table.Rows[i]["moment"], reader["moment"]);
            Assert.Equal(table.Rows[i]["span"], reader["span"]);
            Assert.Equal(table.Rows[i]["flag"], reader["flag"]);
            Assert.Equal(table.Rows[i]["big"], reader["big"]);
            Assert.Equal(table.Rows[i]["real8"], reader["real8"]);
        }

        Assert.True(await reader.ReadAsync(Token));
        Assert.All(Enumerable.Range(1, 9), i => Assert.True(reader.IsDBNull(i)));
    }

    [Fact]
    public async Task BulkCopy_Mappings_PutValuesWhereTheyBelong()
    {
        await using var connection = await fixture.OpenAsync(o => o.AllowLoadLocalInfile = true);
        await ExecuteAsync(connection, "CREATE TABLE mapped (a INT, b VARCHAR(20), c INT DEFAULT 7)");
        using var table = new DataTable();
        table.Columns.Add("ignored", typeof(string));
        table.Columns.Add("text", typeof(string));
        table.Columns.Add("number", typeof(int));
        table.Rows.Add("x", "words", 4);
        var copy = new MySqlBulkCopy(connection) { DestinationTableName = "mapped" };
        copy.ColumnMappings.Add(new MySqlBulkCopyColumnMapping(1, "b"));
        copy.ColumnMappings.Add(new MySqlBulkCopyColumnMapping(2, "@n", "a = @n * 10"));

        await copy.WriteToServerAsync(table, Token);

        Assert.Equal("40|words|7", await ScalarAsync(connection, "SELECT CONCAT(a, '|', b, '|', c) FROM mapped"));
    }

    [Fact]
    public async Task BulkLoader_CsvStream_IsExact()
    {
        await using var connection = await fixture.OpenAsync(o => o.AllowLoadLocalInfile = true);
        await ExecuteAsync(connection, "CREATE TABLE from_csv (id INT, words TEXT, bytes VARBINARY(9)) CHARACTER SET utf8mb4");
        var csv = "1,\"a \"\"b\"\", \\\\N\nü😀\",00FF5C\n2,NULL,NULL\n3,\"NULL\",\"\"\n"u8.ToArray();
        var loader = new MySqlBulkLoader(connection)
        {
            TableName = "from_csv",
            CharacterSet = "utf8mb4",
            FieldTerminator = ",",
            FieldQuotationCharacter = '"',
            FieldQuotationOptional = true,
            EscapeCharacter = '\\',
            LineTerminator = "\n",
            SourceStream = new MemoryStream(csv),
        };
        loader.Columns.AddRange(["id", "words", "@b"]);
        loader.Expressions.Add("bytes = UNHEX(@b)");

        Assert.Equal(3, await loader.LoadAsync(Token));

        Assert.Equal("a \"b\", \\N\nü😀", await ScalarAsync(connection, "SELECT words FROM from_csv WHERE id = 1"));
        Assert.Equal(new byte[] { 0, 255, 0x5C }, await ScalarAsync(connection, "SELECT bytes FROM from_csv WHERE id = 1"));
        Assert.Equal(DBNull.Value, await ScalarAsync(connection, "SELECT words FROM from_csv WHERE id = 2"));
        Assert.Equal("NULL", await ScalarAsync(connection, "SELECT words FROM from_csv WHERE id = 3"));
    }

    [Fact]
    public async Task LoadDataLocal_FileToAnUnverifiedServer_IsRefused()
    {
        await using var connection = await fixture.OpenAsync(o => o.AllowLoadLocalInfile = true);
        await ExecuteAsync(connection, "CREATE TABLE from_file (a INT)");
        var file = Path.GetTempFileName();
        try
        {
            var error = await Assert.ThrowsAsync<MySqlException>(
                () => ExecuteAsync(connection, $"LOAD DATA LOCAL INFILE '{file.Replace('\\', '/')}' INTO TABLE from_file"));

            Assert.IsType<NotSupportedException>(error.InnerException);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task BulkCopy_LocalInfileNotAllowed_IsRefused()
    {
        await using var connection = await fixture.OpenAsync();
        using var table = new DataTable();
        table.Columns.Add("a", typeof(int));
        table.Rows.Add(1);
        await ExecuteAsync(connection, "CREATE TABLE refused (a INT)");

        await Assert.ThrowsAsync<NotSupportedException>(
            () => new MySqlBulkCopy(connection) { DestinationTableName = "refused" }.WriteToServerAsync(table, Token).AsTask());
    }

    /// <summary>Waits until the server works on a connection's endless query: a KILL before would be for nothing.</summary>
    private async Task WhenRunsAsync(MySqlConnection connection)
    {
        await using var other = await fixture.OpenAsync(o => o.Pooling = false);
        while (Convert.ToInt64(await ScalarAsync(other, $"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = {connection.ServerThread} AND COMMAND = 'Query' AND INFO LIKE 'SELECT%'"), null) == 0)
        {
            await Task.Delay(20, Token);
        }
    }

    private static async Task ReadAllAsync(MySqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
        }
    }

    private static async Task<int> ExecuteAsync(MySqlConnection connection, string sql)
    {
        await using var command = new MySqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync(Token);
    }

    private static async Task<object?> ScalarAsync(MySqlConnection connection, string sql)
    {
        await using var command = new MySqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Token);
    }
}
