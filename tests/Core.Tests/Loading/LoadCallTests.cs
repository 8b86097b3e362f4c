using System.Text.Json;
using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class LoadCallTests
{
    private static readonly LoadPar Par = new("https://objectstorage.eu-frankfurt-1.oraclecloud.com/p/TOKEN_1/n/ns/b/bucket/o/");

    [Fact]
    public void For_FromVersion84On_PutsEngineAttributeIntoTheInputList()
    {
        var (input, options) = LoadCall.For(LoadCallForm.InputList, "world", "country", "run1/world/world.country/").With(Par);

        Assert.Equal(
            "[{\"db_name\":\"world\",\"tables\":[{\"table_name\":\"country\",\"engine_attribute\":{\"dialect\":{\"format\":\"parquet\"},"
            + "\"file\":[{\"par\":\"https://objectstorage.eu-frankfurt-1.oraclecloud.com/p/TOKEN_1/n/ns/b/bucket/o/\",\"prefix\":\"run1/world/world.country/\"}]}}]}]",
            input);
        Assert.Equal("{\"mode\":\"normal\"}", options);
    }

    [Fact]
    public void For_BeforeVersion84_PutsExternalTablesIntoTheOptions()
    {
        var (input, options) = LoadCall.For(LoadCallForm.ExternalTables, "world", "country", "run1/world/world.country/").With(Par);

        Assert.Equal("[\"world\"]", input);
        Assert.Equal(
            "{\"mode\":\"normal\",\"external_tables\":[{\"db_name\":\"world\",\"tables\":[{\"table_name\":\"country\",\"dialect\":{\"format\":\"parquet\"},"
            + "\"file\":[{\"par\":\"https://objectstorage.eu-frankfurt-1.oraclecloud.com/p/TOKEN_1/n/ns/b/bucket/o/\",\"prefix\":\"run1/world/world.country/\"}]}]}]}",
            options);
    }

    [Theory]
    [InlineData("a\"b", "c\\d", "run/a\"b/e/")]
    [InlineData("`tick`", "it's", "run/`tick`/")]
    [InlineData("größe", "表", "run/größe/größe.表/")]
    [InlineData("line\nbreak", "tab\t", "run/x/")]
    public void For_AwkwardNames_StayTheSameThroughJson(string schema, string table, string prefix)
    {
        foreach (var form in Enum.GetValues<LoadCallForm>())
        {
            var (input, options) = LoadCall.For(form, schema, table, prefix).With(Par);
            using var document = JsonDocument.Parse(form == LoadCallForm.InputList ? input : options);
            var db = form == LoadCallForm.InputList ? document.RootElement[0] : document.RootElement.GetProperty("external_tables")[0];
            var tables = db.GetProperty("tables")[0];
            var files = form == LoadCallForm.InputList ? tables.GetProperty("engine_attribute").GetProperty("file") : tables.GetProperty("file");

            Assert.Equal(schema, db.GetProperty("db_name").GetString());
            Assert.Equal(table, tables.GetProperty("table_name").GetString());
            Assert.Equal(prefix, files[0].GetProperty("prefix").GetString());
            Assert.Equal(Par.Reveal(), files[0].GetProperty("par").GetString());
        }
    }

    [Fact]
    public void For_EitherForm_HoldsNoParBeforeItIsPutIn()
    {
        foreach (var form in Enum.GetValues<LoadCallForm>())
        {
            var call = LoadCall.For(form, "world", "country", "run1/world/world.country/");

            Assert.DoesNotContain("TOKEN", call.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void For_PrefixWithoutSlash_IsRefused()
    {
        // world.country would also match world.countrylanguage.
        Assert.Throws<ArgumentException>(() => LoadCall.For(LoadCallForm.InputList, "world", "country", "run1/world/world.country"));
    }
}
