using System.Text.Json;
using SnapshotBridge.Loading;
using SnapshotBridge.Loading.Declarations;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class LoadStatementsTests
{
    private const string Address = "https://objectstorage.eu-frankfurt-1.oraclecloud.com/p/TOKEN_1/n/ns/b/bucket/o/";
    private const string Prefix = "run1/world/world.country/";
    private const string Columns = "`code` CHAR(3) CHARACTER SET utf8mb4 NULL, `area` DECIMAL(10,2) NULL, `shape` GEOMETRY NULL NOT SECONDARY";

    private const string Files =
        "{\"file\":[{\"par\":\"" + Address + "\",\"prefix\":\"" + Prefix + "\",\"is_strict_mode\":true,\"allow_missing_files\":false}],\"dialect\":{\"format\":\"parquet\"}";

    private const string NamedEngines = "CREATE TABLE `world`.`country` (" + Columns + ") ENGINE=lakehouse SECONDARY_ENGINE=rapid ENGINE_ATTRIBUTE='" + Files + "}'";
    private const string External = "CREATE EXTERNAL TABLE `world`.`country` (" + Columns + ") ENGINE_ATTRIBUTE='" + Files + "}'";
    private const string ByName = "CREATE EXTERNAL TABLE `world`.`country` (" + Columns + ") ENGINE_ATTRIBUTE='" + Files + ",\"match_columns_by\":\"name_case_sensitive\"}'";
    private const string NoneMissing = "CREATE EXTERNAL TABLE `world`.`country` (" + Columns + ") ENGINE_ATTRIBUTE='" + Files + ",\"match_columns_by\":\"name_case_sensitive\",\"allow_missing_columns\":false}'";

    private const string PlainLoad = "ALTER TABLE `world`.`country` SECONDARY_LOAD";
    private const string HintedLoad = "ALTER TABLE /*+ AUTOPILOT_DISABLE_CHECK */ `world`.`country` SECONDARY_LOAD";
    private const string UnguidedLoad = "ALTER TABLE `world`.`country` SECONDARY_LOAD GUIDED OFF";

    private static readonly LoadPar Par = new(Address);

    private static readonly TableDeclaration Country = new(
        [new DeclaredColumn("code", "CHAR(3)"), new DeclaredColumn("area", "DECIMAL(10,2)"), new DeclaredColumn("shape", "GEOMETRY") { IsLoadable = false }]);

    [Theory]
    [InlineData("8.0.33-u3-cloud", NamedEngines, PlainLoad)]
    [InlineData("8.2.0-cloud", NamedEngines, HintedLoad)]
    [InlineData("8.4.0-cloud", NamedEngines, HintedLoad)]
    [InlineData("9.0.0-cloud", NamedEngines, HintedLoad)]
    [InlineData("9.3.1-cloud", NamedEngines, HintedLoad)]
    [InlineData("9.4.0-cloud", External, HintedLoad)]
    [InlineData("9.4.1-cloud", External, UnguidedLoad)]
    [InlineData("9.5.0-cloud", ByName, UnguidedLoad)]
    [InlineData("9.5.2-cloud", NoneMissing, UnguidedLoad)]
    [InlineData("9.6.0-cloud", NoneMissing, UnguidedLoad)]
    [InlineData("9.7.0-cloud", NoneMissing, UnguidedLoad)]
    [InlineData("10.2.1-cloud", NoneMissing, UnguidedLoad)]
    public void Declared_Table_IsMadeAndLoadedInTheVersionsWords(string version, string create, string load)
    {
        var steps = LoadStatements.Declared(ServerVersion.Parse(version, "host"), "world", "country", Country, Prefix);

        Assert.Equal([create, load], steps.Select(step => step.With(Par)));
        Assert.Equal([LoadStepKind.Run, LoadStepKind.Load], steps.Select(step => step.Kind));
    }

    [Theory]
    [InlineData("8.0.33-u3-cloud")]
    [InlineData("8.2.0-cloud")]
    public void Call_Before84_PutsExternalTablesIntoTheOptions(string version) => Assert.Equal(
        "CALL sys.heatwave_load('[\"world\"]', '{\"mode\":\"normal\",\"external_tables\":[{\"db_name\":\"world\",\"tables\":[{\"table_name\":\"country\",\"dialect\":{\"format\":\"parquet\"},"
        + "\"file\":[{\"par\":\"" + Address + "\",\"prefix\":\"" + Prefix + "\"}]}]}]}')",
        Inferred(version, "world", "country", Prefix).With(Par));

    [Theory]
    [InlineData("8.4.0-cloud")]
    [InlineData("9.0.0-cloud")]
    [InlineData("9.3.1-cloud")]
    [InlineData("9.4.1-cloud")]
    [InlineData("9.7.0-cloud")]
    [InlineData("10.2.1-cloud")]
    public void Call_From84On_PutsEngineAttributeIntoTheInputList(string version) => Assert.Equal(
        "CALL sys.heatwave_load('[{\"db_name\":\"world\",\"tables\":[{\"table_name\":\"country\",\"engine_attribute\":{\"dialect\":{\"format\":\"parquet\"},"
        + "\"file\":[{\"par\":\"" + Address + "\",\"prefix\":\"" + Prefix + "\"}]}}]}]', '{\"mode\":\"normal\"}')",
        Inferred(version, "world", "country", Prefix).With(Par));

    [Theory]
    [InlineData("a\"b", "c\\d", "run/a\"b/e/")]
    [InlineData("`tick`", "it's", "run/`tick`'s/")]
    [InlineData("größe", "表", "run/größe/größe.表/")]
    [InlineData("line\nbreak", "tab\t", "run/x/")]
    [InlineData("{par}", "$par", "run/%s/")]
    public void AnyStep_AwkwardNames_StayTheSameThroughSqlAndJson(string schema, string table, string prefix)
    {
        foreach (var version in (string[])["8.3.0-cloud", "9.7.0-cloud"])
        {
            var documents = Literals(Inferred(version, schema, table, prefix).With(Par)).Select(text => JsonDocument.Parse(text).RootElement).ToList();
            var isNew = version[0] == '9';
            var db = isNew ? documents[0][0] : documents[1].GetProperty("external_tables")[0];
            var entry = db.GetProperty("tables")[0];
            var file = (isNew ? entry.GetProperty("engine_attribute").GetProperty("file") : entry.GetProperty("file"))[0];

            Assert.Equal((schema, table), (db.GetProperty("db_name").GetString(), entry.GetProperty("table_name").GetString()));
            Assert.Equal((prefix, Address), (file.GetProperty("prefix").GetString(), file.GetProperty("par").GetString()));

            var create = LoadStatements.Create(ServerVersion.Parse(version, "host"), "s", "t", Country, prefix).With(Par);
            Assert.Equal(prefix, JsonDocument.Parse(Literals(create).Single()).RootElement.GetProperty("file")[0].GetProperty("prefix").GetString());
        }
    }

    /// <summary>A renamed column stands for the file's by its place.</summary>
    [Fact]
    public void Declared_RenamedColumn_MatchesByOrder()
    {
        var renamed = new TableDeclaration([new DeclaredColumn("name_1", "INT") { FileName = "name " }]);

        var create = LoadStatements.Declared(ServerVersion.Parse("9.7.0-cloud", "host"), "world", "country", renamed, Prefix)[0].With(Par);

        Assert.DoesNotContain("match_columns_by", create, StringComparison.Ordinal);
        Assert.Contains("\"allow_missing_columns\":false", create, StringComparison.Ordinal);
    }

    [Fact]
    public void AnyStep_HoldsNoParBeforeItIsPutIn() => Assert.All(
        [.. LoadStatements.Declared(ServerVersion.Parse("9.7.0-cloud", "host"), "world", "country", Country, Prefix), Inferred("9.7.0-cloud", "world", "country", Prefix)],
        step => Assert.DoesNotContain("TOKEN", step.ToString(), StringComparison.Ordinal));

    [Fact]
    public void AnyStep_PrefixWithoutSlash_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => Inferred("9.7.0", "world", "country", "run1/world/world.country"));
        Assert.Throws<ArgumentException>(() => LoadStatements.Declared(ServerVersion.Parse("9.7.0", "host"), "world", "country", Country, "run1/world/world.country"));
    }

    [Theory]
    [InlineData("'")]
    [InlineData("\\")]
    [InlineData("\"")]
    [InlineData(" ")]
    public void LoadPar_AddressThatWouldNeedEscaping_IsRefused(string text) =>
        Assert.Throws<ArgumentException>(() => new LoadPar($"https://host/p/TO{text}KEN/n/ns/b/bucket/o/"));

    private static LoadStep Inferred(string version, string schema, string table, string prefix) =>
        LoadStatements.Call(ServerVersion.Parse(version, "host"), schema, table, prefix);

    /// <summary>The literals in single quotes as a server without NO_BACKSLASH_ESCAPES reads them.</summary>
    private static List<string> Literals(string sql)
    {
        var texts = new List<string>();
        for (var index = 0; index < sql.Length; index++)
        {
            if (sql[index] != '\'')
            {
                continue;
            }

            var text = new System.Text.StringBuilder();
            for (index++; sql[index] != '\'' || (index + 1 < sql.Length && sql[index + 1] == '\''); index++)
            {
                index += sql[index] is '\\' or '\'' ? 1 : 0;
                text.Append(sql[index]);
            }

            texts.Add(text.ToString());
        }

        return texts;
    }
}
