using System.Text.Json;
using SnapshotBridge.Loading;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class LoadStatementsTests
{
    private const string Address = "https://objectstorage.eu-frankfurt-1.oraclecloud.com/p/TOKEN_1/n/ns/b/bucket/o/";
    private const string Prefix = "run1/world/world.country/";
    private const string Columns = "`code` CHAR(3), `name` VARCHAR(52)";

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
    public void Of_FaithfulTypes_DeclaresAndLoadsInTheVersionsWords(string version, string create, string load)
    {
        var steps = LoadStatements.Of(TypeMode.Faithful, ServerVersion.Parse(version, "host"), "world", "country", Columns, Prefix);

        Assert.Equal([create, load], steps.Select(step => step.With(Par)));
        Assert.Equal([LoadStepKind.Run, LoadStepKind.Load], steps.Select(step => step.Kind));
    }

    [Theory]
    [InlineData("8.0.33-u3-cloud")]
    [InlineData("8.2.0-cloud")]
    public void Of_InferredTypesBefore84_PutsExternalTablesIntoTheOptions(string version) => Assert.Equal(
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
    public void Of_InferredTypesFrom84On_PutsEngineAttributeIntoTheInputList(string version) => Assert.Equal(
        "CALL sys.heatwave_load('[{\"db_name\":\"world\",\"tables\":[{\"table_name\":\"country\",\"engine_attribute\":{\"dialect\":{\"format\":\"parquet\"},"
        + "\"file\":[{\"par\":\"" + Address + "\",\"prefix\":\"" + Prefix + "\"}]}}]}]', '{\"mode\":\"normal\"}')",
        Inferred(version, "world", "country", Prefix).With(Par));

    [Theory]
    [InlineData("a\"b", "c\\d", "run/a\"b/e/")]
    [InlineData("`tick`", "it's", "run/`tick`'s/")]
    [InlineData("größe", "表", "run/größe/größe.表/")]
    [InlineData("line\nbreak", "tab\t", "run/x/")]
    [InlineData("{par}", "$par", "run/%s/")]
    public void Of_AwkwardNames_StayTheSameThroughSqlAndJson(string schema, string table, string prefix)
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

            var create = LoadStatements.Create(ServerVersion.Parse(version, "host"), "s", "t", "`id` INT", prefix).With(Par);
            Assert.Equal(prefix, JsonDocument.Parse(Literals(create).Single()).RootElement.GetProperty("file")[0].GetProperty("prefix").GetString());
        }
    }

    [Fact]
    public void Of_EitherMode_HoldsNoParBeforeItIsPutIn() => Assert.All(
        Enum.GetValues<TypeMode>().SelectMany(types => LoadStatements.Of(types, ServerVersion.Parse("9.7.0-cloud", "host"), "world", "country", Columns, Prefix)),
        step => Assert.DoesNotContain("TOKEN", step.ToString(), StringComparison.Ordinal));

    [Fact]
    public void Of_PrefixWithoutSlash_IsRefused() => Assert.All(
        Enum.GetValues<TypeMode>(),
        types => Assert.Throws<ArgumentException>(() => LoadStatements.Of(types, ServerVersion.Parse("9.7.0", "host"), "world", "country", Columns, "run1/world/world.country")));

    [Theory]
    [InlineData("'")]
    [InlineData("\\")]
    [InlineData("\"")]
    [InlineData(" ")]
    public void LoadPar_AddressThatWouldNeedEscaping_IsRefused(string text) =>
        Assert.Throws<ArgumentException>(() => new LoadPar($"https://host/p/TO{text}KEN/n/ns/b/bucket/o/"));

    private static LoadStep Inferred(string version, string schema, string table, string prefix) =>
        Assert.Single(LoadStatements.Of(TypeMode.Inferred, ServerVersion.Parse(version, "host"), schema, table, "", prefix));

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
