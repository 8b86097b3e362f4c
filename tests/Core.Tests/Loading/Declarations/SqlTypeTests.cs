using SnapshotBridge.Loading.Declarations;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading.Declarations;

public sealed class SqlTypeTests
{
    [Theory]
    [InlineData("int", "INT")]
    [InlineData(" Integer ( 11 )  Unsigned ", "INT UNSIGNED")]
    [InlineData("bigint unsigned", "BIGINT UNSIGNED")]
    [InlineData("boolean", "TINYINT")]
    [InlineData("tinyint(1)", "TINYINT")]
    [InlineData("numeric", "DECIMAL(10,0)")]
    [InlineData("decimal(10)", "DECIMAL(10,0)")]
    [InlineData("DEC(65,30) UNSIGNED", "DECIMAL(65,30) UNSIGNED")]
    [InlineData("double precision", "DOUBLE")]
    [InlineData("float(7,3)", "FLOAT")]
    [InlineData("float(53)", "DOUBLE")]
    [InlineData("datetime(0)", "DATETIME")]
    [InlineData("timestamp(6)", "TIMESTAMP(6)")]
    [InlineData("year(4)", "YEAR")]
    [InlineData("char", "CHAR(1)")]
    [InlineData("character varying(40)", "VARCHAR(40)")]
    [InlineData("enum('new' , 'it''s', 'back\\\\slash', 'line\\nbreak')", "ENUM('new','it''s','back\\\\slash','line\nbreak')")]
    [InlineData("enum('a','A','á')", "ENUM('a','A','á')")]
    [InlineData("enum('a,b','c)d',';--')", "ENUM('a,b','c)d',';--')")]
    public void Parse_TypeOfMySql_IsWrittenAnew(string text, string expected)
    {
        var type = SqlType.Parse(text, out var problem);

        Assert.Null(problem);
        Assert.Equal(expected, type!.ToString());
        Assert.Equal(expected, SqlType.Parse(expected, out _)!.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("()")]
    [InlineData("int; DROP TABLE t")]
    [InlineData("int, x int")]
    [InlineData("int) ENGINE=InnoDB; --")]
    [InlineData("int /* c */")]
    [InlineData("int -- c")]
    [InlineData("int # c")]
    [InlineData("int NOT NULL")]
    [InlineData("int DEFAULT 5")]
    [InlineData("int NOT SECONDARY")]
    [InlineData("varchar(10) character set latin1")]
    [InlineData("varchar(10) unsigned")]
    [InlineData("varchar")]
    [InlineData("varchar(65536)")]
    [InlineData("varchar(99999999999)")]
    [InlineData("varchar(-1)")]
    [InlineData("varchar(10")]
    [InlineData("varchar('10')")]
    [InlineData("char(256)")]
    [InlineData("decimal(66)")]
    [InlineData("decimal(5,6)")]
    [InlineData("decimal(40,31)")]
    [InlineData("time(7)")]
    [InlineData("date(3)")]
    [InlineData("text(1,2)")]
    [InlineData("enum")]
    [InlineData("enum()")]
    [InlineData("enum(1,2)")]
    [InlineData("enum('a',1)")]
    [InlineData("enum('a' 'b')")]
    [InlineData("enum('a','b','a')")]
    [InlineData("enum('a','a ')")]
    [InlineData("enum('a')b','c')")]
    [InlineData("enum('a'), x int")]
    [InlineData("enum('open)")]
    [InlineData("enum('end\\')")]
    [InlineData("enum(\"a\")")]
    [InlineData("enum('nul\\0')")]
    [InlineData("set('a')")]
    [InlineData("blob")]
    [InlineData("geometry")]
    [InlineData("`int`")]
    [InlineData("int[]")]
    [InlineData("int\u00a0unsigned")]
    [InlineData("ınt")]
    public void Parse_AnythingElse_IsRefusedWithTheReason(string text)
    {
        Assert.Null(SqlType.Parse(text, out var problem));
        Assert.NotNull(problem);
    }

    [Theory]
    [InlineData("int; DROP TABLE t", "at character 4 it should have the end")]
    [InlineData("varchar(ten)", "at character 9 it should have a number or a text in single quotes")]
    [InlineData("set('a')", "HeatWave has no SET; VARCHAR takes its values")]
    [InlineData("enum('a','a ')", "ENUM names 'a' twice")]
    [InlineData("time(7)", "TIME has up to 6 digits of a second")]
    public void Parse_WrongText_SaysWhere(string text, string expected)
    {
        SqlType.Parse(text, out var problem);

        Assert.Equal(expected, problem);
    }

    [Fact]
    public void Parse_AnyMixOfItsCharacters_LetsNothingButTypesThrough()
    {
        // What gets through is written anew: it holds quotes only as literals do, and nothing behind the closing bracket but UNSIGNED.
        const string Alphabet = "enum(',)'\\ int;-#/*`\"xU\n";
        var random = new Random(1);
        for (var round = 0; round < 50_000; round++)
        {
            var text = "enum('" + new string([.. Enumerable.Range(0, random.Next(12)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]) + (random.Next(2) == 0 ? "')" : "");
            if (SqlType.Parse(text, out _) is { } type)
            {
                Assert.Matches(@"\AENUM\('(?:[^'\\]|''|\\\\)*'(?:,'(?:[^'\\]|''|\\\\)*')*\)\z", type.ToString());
            }
        }
    }
}
