using MySqlConnector;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>
/// HeatWave's tables of <c>performance_schema</c> and its answers of <c>information_schema</c> as views. Nobody can create a
/// table in those two schemas, so they stand in schemas of their own, and the front puts their names in place.
/// </summary>
internal static class RapidViews
{
    /// <summary>Read with the same right as <c>performance_schema</c>: see <see cref="GrantFile"/>.</summary>
    public const string PerformanceSchema = "sb_performance_schema";

    /// <summary>Everybody may read it.</summary>
    public const string InformationSchema = "sb_information_schema";

    /// <summary>HeatWave's status variables, a view of <see cref="InformationSchema"/>.</summary>
    public const string RapidStatus = "RAPID_STATUS";

    /// <summary>Procedures that stand for statements: everybody may call them.</summary>
    public const string Procedures = "sb_rapid";

    private const string Marked = $"t.TABLE_COMMENT LIKE '{TableMark.Prefix}%'";

    /// <summary>The id in a table's mark: 32 characters behind the prefix of nine.</summary>
    private const string MarkedId = "SUBSTRING(t.TABLE_COMMENT, 10, 32)";

    private static readonly string[] Tables =
    [
        """
        CREATE TABLE IF NOT EXISTS sys.sb_rapid_tables (
          number BIGINT NOT NULL AUTO_INCREMENT, id CHAR(32) CHARACTER SET ascii NOT NULL, load_status VARCHAR(32) NOT NULL, load_progress DOUBLE NOT NULL DEFAULT 0,
          nrows BIGINT NOT NULL DEFAULT 0, size_bytes BIGINT NOT NULL DEFAULT 0, started_at DATETIME(6) NULL, ended_at DATETIME(6) NULL,
          PRIMARY KEY (number), UNIQUE KEY (id)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """,
        """
        CREATE TABLE IF NOT EXISTS sys.sb_rapid_columns (
          number BIGINT NOT NULL AUTO_INCREMENT, id CHAR(32) CHARACTER SET ascii NOT NULL, column_name VARCHAR(64) NOT NULL,
          PRIMARY KEY (number), KEY (id)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """,
        """
        CREATE TABLE IF NOT EXISTS sys.sb_rapid_nodes (
          id INT NOT NULL, memory_total BIGINT NOT NULL, memory_base BIGINT NOT NULL, PRIMARY KEY (id)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """,
    ];

    public static async Task InstallAsync(MySqlConnection connection, HeatWaveServerOptions options, bool isMariaDb, CancellationToken cancellationToken)
    {
        foreach (var schema in (string[])[PerformanceSchema, InformationSchema, Procedures])
        {
            await connection.ExecuteAsync($"CREATE DATABASE IF NOT EXISTS {schema} DEFAULT CHARACTER SET utf8mb4", cancellationToken);
        }

        foreach (var statement in Tables.Concat(Views(options.Edition, isMariaDb)))
        {
            await connection.ExecuteAsync(statement, cancellationToken);
        }

        await connection.ExecuteAsync("REPLACE INTO sys.sb_rapid_nodes VALUES (0, @p0, @p1)", cancellationToken, options.MemoryBytes, options.MemoryBytes / 100);

        // A grant to no user in particular holds for every user, on MySQL and on MariaDB.
        await connection.ExecuteAsync(
            $"REPLACE INTO mysql.db (Host, Db, User, Select_priv, Execute_priv) VALUES ('%', '{InformationSchema}', '', 'Y', 'N'), ('%', '{Procedures}', '', 'N', 'Y')", cancellationToken);
        await connection.ExecuteAsync("FLUSH PRIVILEGES", cancellationToken);
    }

    private static IEnumerable<string> Views(HeatWaveEdition edition, bool isMariaDb)
    {
        // MERGE: a condition on the schema or table then reaches information_schema, which would else open every table.
        const string Definer = "CREATE OR REPLACE ALGORITHM=MERGE SQL SECURITY DEFINER VIEW";
        const string Invoker = "CREATE OR REPLACE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW";
        yield return $"""
            {Definer} {PerformanceSchema}.rpd_table_id AS
            SELECT s.number AS ID, CONCAT(t.TABLE_SCHEMA, '.', t.TABLE_NAME) AS NAME, t.TABLE_SCHEMA AS SCHEMA_NAME, t.TABLE_NAME AS TABLE_NAME
            FROM information_schema.TABLES t JOIN sys.sb_rapid_tables s ON s.id = CONVERT({MarkedId} USING ascii) WHERE {Marked}
            """;
        yield return $"""
            {Definer} {PerformanceSchema}.rpd_tables AS
            SELECT number AS ID, 1 AS SNAPSHOT_SCN, 0 AS PERSISTED_SCN, 'RAPID_LOAD_POOL_SNAPSHOT' AS POOL_TYPE, NULL AS DATA_PLACEMENT_TYPE, nrows AS NROWS,
              load_status AS LOAD_STATUS, load_progress AS LOAD_PROGRESS, size_bytes AS SIZE_BYTES, 0 AS TRANSFORMATION_BYTES, 0 AS QUERY_COUNT, NULL AS LAST_QUERIED,
              started_at AS LOAD_START_TIMESTAMP, ended_at AS LOAD_END_TIMESTAMP, NULL AS RECOVERY_SOURCE, NULL AS RECOVERY_START_TIMESTAMP, NULL AS RECOVERY_END_TIMESTAMP
            FROM sys.sb_rapid_tables
            """;
        yield return $"""
            {Definer} {PerformanceSchema}.rpd_column_id AS
            SELECT c.number AS ID, s.number AS TABLE_ID, c.column_name AS COLUMN_NAME FROM sys.sb_rapid_columns c JOIN sys.sb_rapid_tables s ON s.id = c.id
            """;
        yield return $"""
            {Definer} {PerformanceSchema}.rpd_columns AS
            SELECT s.number AS TABLE_ID, c.number AS COLUMN_ID, 0 AS NDV, 'N/A' AS ENCODING, NULL AS DATA_PLACEMENT_INDEX, 0 AS DICT_SIZE_BYTES
            FROM sys.sb_rapid_columns c JOIN sys.sb_rapid_tables s ON s.id = c.id
            """;
        yield return $"""
            CREATE OR REPLACE SQL SECURITY DEFINER VIEW {PerformanceSchema}.rpd_nodes AS
            SELECT n.id AS ID, 16 AS CORES, n.memory_base + (SELECT COALESCE(SUM(size_bytes), 0) FROM sys.sb_rapid_tables) AS MEMORY_USAGE, n.memory_total AS MEMORY_TOTAL,
              n.memory_base AS BASEREL_MEMORY_USAGE, IF(IS_USED_LOCK('{HeatWaveSchema.WorkerLock}') IS NULL, 'NOTAVAIL_RNSTATE', 'AVAIL_RNSTATE') AS STATUS, '127.0.0.1' AS IP, 3306 AS PORT
            FROM sys.sb_rapid_nodes n
            """;
        yield return $"{Invoker} {InformationSchema}.COLUMNS AS {Columns(isMariaDb)}";
        yield return $"{Invoker} {InformationSchema}.TABLES AS {TablesOf()}";
        yield return $"""
            CREATE OR REPLACE SQL SECURITY INVOKER VIEW {InformationSchema}.ENGINES AS
            SELECT ENGINE, SUPPORT, COMMENT, TRANSACTIONS, XA, SAVEPOINTS FROM information_schema.ENGINES
            {(edition.HasCluster ? "UNION ALL SELECT 'RAPID', 'YES', 'HeatWave storage engine', 'NO', 'NO', 'NO'" : "")}
            {(edition.HasLakehouse ? "UNION ALL SELECT 'Lakehouse', 'YES', 'Lakehouse storage engine', 'NO', 'NO', 'NO'" : "")}
            """;
        if (edition.HasCluster)
        {
            const string Online = $"IS_USED_LOCK('{HeatWaveSchema.WorkerLock}') IS NOT NULL";
            yield return $"""
                CREATE OR REPLACE SQL SECURITY INVOKER VIEW {InformationSchema}.{RapidStatus} AS
                SELECT 'rapid_cluster_status' AS Variable_name, IF({Online}, 'ON', 'OFF') AS Value
                UNION ALL SELECT 'rapid_service_status', IF({Online}, 'ONLINE', 'OFFLINE')
                UNION ALL SELECT 'rapid_cluster_ready_number', IF({Online}, '1', '0')
                """;
        }
    }

    /// <summary>A declared type where InnoDB has another, and on MariaDB the spelling of MySQL: no display widths, NULL as a default.</summary>
    private static string Columns(bool isMariaDb)
    {
        const string IsMarked = $"c.COLUMN_COMMENT LIKE '{TableMark.Prefix}%'";
        const string FirstLine = "SUBSTRING_INDEX(c.COLUMN_COMMENT, '\\n', 1)";
        var declared = $"SUBSTRING({FirstLine}, LOCATE(':', c.COLUMN_COMMENT, 10) + 1)";
        var plain = isMariaDb
            ? "IF(c.DATA_TYPE IN ('tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'year') AND c.COLUMN_TYPE <> 'tinyint(1)', REGEXP_REPLACE(c.COLUMN_TYPE, '[(][0-9]+[)]', ''), c.COLUMN_TYPE)"
            : "c.COLUMN_TYPE";
        return $"""
            SELECT c.TABLE_CATALOG, c.TABLE_SCHEMA, c.TABLE_NAME, c.COLUMN_NAME, c.ORDINAL_POSITION,
              {(isMariaDb ? "IF(c.COLUMN_DEFAULT = 'NULL', NULL, c.COLUMN_DEFAULT)" : "c.COLUMN_DEFAULT")} AS COLUMN_DEFAULT, c.IS_NULLABLE,
              IF({IsMarked}, SUBSTRING_INDEX(SUBSTRING_INDEX({declared}, '(', 1), ' ', 1), c.DATA_TYPE) AS DATA_TYPE,
              c.CHARACTER_MAXIMUM_LENGTH, c.CHARACTER_OCTET_LENGTH, c.NUMERIC_PRECISION, c.NUMERIC_SCALE, c.DATETIME_PRECISION, c.CHARACTER_SET_NAME, c.COLLATION_NAME,
              IF({IsMarked}, {declared}, {plain}) AS COLUMN_TYPE, c.COLUMN_KEY,
              IF({IsMarked} AND c.COLUMN_COMMENT LIKE '{TableMark.Prefix}ns:%', TRIM(CONCAT(c.EXTRA, ' NOT SECONDARY')), c.EXTRA) AS EXTRA, c.PRIVILEGES,
              IF({IsMarked}, SUBSTRING(c.COLUMN_COMMENT, CHAR_LENGTH({FirstLine}) + 2), c.COLUMN_COMMENT) AS COLUMN_COMMENT,
              c.GENERATION_EXPRESSION, NULL AS SRS_ID
            FROM information_schema.COLUMNS c
            """;
    }

    private static string TablesOf()
    {
        // LOCATE and not a line of its own: the comment's third part may have any number of lines.
        const string AfterFirst = "SUBSTRING(t.TABLE_COMMENT, CHAR_LENGTH(SUBSTRING_INDEX(t.TABLE_COMMENT, '\\n', 1)) + 2)";
        const string AfterSecond = $"SUBSTRING({AfterFirst}, CHAR_LENGTH(SUBSTRING_INDEX({AfterFirst}, '\\n', 1)) + 2)";
        return $"""
            SELECT t.TABLE_CATALOG, t.TABLE_SCHEMA, t.TABLE_NAME, t.TABLE_TYPE,
              IF({Marked} AND SUBSTRING(t.TABLE_COMMENT, 43, 9) = 'lakehouse', 'Lakehouse', t.ENGINE) AS ENGINE, t.VERSION, t.ROW_FORMAT, t.TABLE_ROWS, t.AVG_ROW_LENGTH,
              t.DATA_LENGTH, t.MAX_DATA_LENGTH, t.INDEX_LENGTH, t.DATA_FREE, t.AUTO_INCREMENT, t.CREATE_TIME, t.UPDATE_TIME, t.CHECK_TIME, t.TABLE_COLLATION, t.CHECKSUM,
              IF({Marked}, TRIM(CONCAT(t.CREATE_OPTIONS, ' SECONDARY_ENGINE="rapid"')), t.CREATE_OPTIONS) AS CREATE_OPTIONS,
              IF({Marked}, {AfterSecond}, t.TABLE_COMMENT) AS TABLE_COMMENT
            FROM information_schema.TABLES t
            """;
    }
}
