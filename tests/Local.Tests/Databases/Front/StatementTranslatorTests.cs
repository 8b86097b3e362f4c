using SnapshotBridge.Local.Databases.HeatWave;
using SnapshotBridge.Local.Databases.HeatWave.Front;
using Xunit;

namespace SnapshotBridge.Local.Tests.Databases.Front;

public sealed class StatementTranslatorTests
{
    [Theory]
    [InlineData("ALTER TABLE a.b SECONDARY_LOAD", "CALL sb_rapid.secondary_load('a', 'b', 1, 0, @@SESSION.sql_mode)")]
    [InlineData("alter table `a`.`b``c` secondary_load guided off;", "CALL sb_rapid.secondary_load('a', 'b`c', 0, 0, @@SESSION.sql_mode);")]
    [InlineData("ALTER TABLE /*+ AUTOPILOT_DISABLE_CHECK */ b SECONDARY_LOAD", "CALL sb_rapid.secondary_load(DATABASE(), 'b', 0, 0, @@SESSION.sql_mode)")]
    [InlineData("ALTER TABLE a.b SECONDARY_LOAD VALIDATE ALL ROWS ONLY", "CALL sb_rapid.secondary_load('a', 'b', 1, 1, @@SESSION.sql_mode)")]
    [InlineData("ALTER TABLE a.b SECONDARY_UNLOAD", "CALL sb_rapid.secondary_unload('a', 'b')")]
    [InlineData("SELECT @@version, 1", "SELECT '9.7.0-cloud' AS `@@version`, 1")]
    [InlineData("SELECT VERSION()", "SELECT '9.7.0-cloud' AS `VERSION()`")]
    [InlineData("SELECT IF(@@version LIKE '9%', 1, 0)", "SELECT IF('9.7.0-cloud' LIKE '9%', 1, 0)")]
    [InlineData("SELECT 1 FROM performance_schema.rpd_tables t", "SELECT 1 FROM sb_performance_schema.rpd_tables t")]
    [InlineData("SELECT 1 FROM `Information_Schema`.`columns`", "SELECT 1 FROM sb_information_schema.COLUMNS")]
    [InlineData("SHOW GLOBAL STATUS LIKE 'rapid%'", "SELECT Variable_name, Value FROM sb_information_schema.RAPID_STATUS WHERE Variable_name LIKE 'rapid%'")]
    public void Translate_HeatWavesOwn_BecomesTheStandIns(string sql, string expected) => Assert.Equal(expected, Newest(sql));

    [Theory]
    [InlineData("SELECT 'ALTER TABLE a.b SECONDARY_LOAD'")]
    [InlineData("INSERT INTO t VALUES ('it''s \\' @@version', \"VERSION() performance_schema.rpd_tables\")")]
    [InlineData("SELECT `@@version` FROM t -- CREATE EXTERNAL TABLE t (a INT)")]
    [InlineData("SELECT 1 /* information_schema.COLUMNS */ # VERSION()")]
    [InlineData("SHOW CREATE TABLE a.b")]
    [InlineData("CREATE TABLE a.b (external INT) COMMENT='ENGINE=lakehouse'")]
    [InlineData("CALL sys.heatwave_load('[{\"external\":\"secondary\"}]', NULL)")]
    public void Translate_WhatIsNotHeatWaves_StaysTheSame(string sql) => Assert.Same(sql, Newest(sql));

    [Fact]
    public void Translate_DeclaredTable_KeepsItsColumnsAndCarriesItsMarks()
    {
        const string Sql = """
            CREATE EXTERNAL TABLE IF NOT EXISTS a.b (id INT NOT NULL, j JSON COMMENT 'x', g BLOB NOT NULL NOT SECONDARY, PRIMARY KEY (id)) ENGINE_ATTRIBUTE = '{"file":[{"par":"https://h/p/t/o/"}]}' COMMENT 'mine'
            """;

        var translated = new StatementTranslator(HeatWaveEdition.Newest, isMariaDb: true).Translate(Sql);

        Assert.Matches(
            """
            ^CREATE  TABLE IF NOT EXISTS a\.b \(id INT NOT NULL, j JSON  COMMENT 'sb-rapid::json\nx', g BLOB   COMMENT 'sb-rapid:ns:blob', PRIMARY KEY \(id\)\)   ENGINE=InnoDB COMMENT='sb-rapid:[0-9a-f]{32}:lakehouse\n\{"file":\[\{"par":"https://h/p/t/o/"\}\]\}\nmine'$
            """.Trim(),
            translated);
    }

    [Fact]
    public void Translate_RowsWiderThanInnoDbs_StoresTheLongestAsTexts()
    {
        var translated = Newest("CREATE EXTERNAL TABLE a.b (x VARCHAR(16000), y VARCHAR(10)) ENGINE_ATTRIBUTE='{}'");

        Assert.Contains("x LONGTEXT COMMENT 'sb-rapid::varchar(16000)', y VARCHAR(10))", translated, StringComparison.Ordinal);
    }

    [Fact]
    public void Translate_EventBody_TranslatesItsStatementsAndWhatItPrepares()
    {
        var translated = Newest("CREATE EVENT e ON SCHEDULE AT CURRENT_TIMESTAMP DO BEGIN IF 1 THEN ALTER TABLE a.b SECONDARY_LOAD GUIDED OFF; END IF; PREPARE s FROM @text; EXECUTE s; END");

        Assert.Equal(
            "CREATE EVENT e ON SCHEDULE AT CURRENT_TIMESTAMP DO BEGIN IF 1 THEN CALL sb_rapid.secondary_load('a', 'b', 0, 0, @@SESSION.sql_mode); END IF; CALL sb_rapid.translate(@text, @sb_prepared); PREPARE s FROM @sb_prepared; EXECUTE s; END",
            translated);
    }

    [Theory]
    [InlineData("9.3.2-cloud", "CREATE EXTERNAL TABLE a.b (c INT) ENGINE_ATTRIBUTE='{}'", 1064)]
    [InlineData("9.4.0-cloud", "ALTER TABLE a.b SECONDARY_LOAD GUIDED OFF", 1064)]
    [InlineData("9.5.0-cloud", "ALTER TABLE a.b SECONDARY_LOAD VALIDATE ONLY", 1064)]
    public void Translate_NewerThanTheVersion_IsRejectedAsSyntax(string version, string sql, int number)
    {
        var translator = new StatementTranslator(HeatWaveEdition.Of(version), isMariaDb: false);

        Assert.Equal(number, Assert.Throws<StatementRejectedException>(() => translator.Translate(sql)).Number);
    }

    [Fact]
    public void Translate_WithoutLakehouse_DoesNotKnowTheEngine()
    {
        var translator = new StatementTranslator(new HeatWaveEdition { HasLakehouse = false }, isMariaDb: false);

        Assert.Equal(1286, Assert.Throws<StatementRejectedException>(() => translator.Translate("CREATE TABLE a.b (c INT) ENGINE=lakehouse")).Number);
    }

    private static string Newest(string sql) => new StatementTranslator(HeatWaveEdition.Newest, isMariaDb: false).Translate(sql);
}
