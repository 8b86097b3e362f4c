using SnapshotBridge.Planning;
using Xunit;

namespace SnapshotBridge.Core.Tests.Planning;

public sealed class ExportWarningsTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("""{"skippedTables":[],"skippedObjectives":[],"general":[]}""")]
    [InlineData("""{"skippedTables":null}""")]
    public void Parse_NothingSkipped_IsEmpty(string? message) => Assert.Empty(ExportWarnings.Parse(message));

    [Theory]
    [InlineData("""{"general":[{"reason":"FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE"}]}""", "*", "FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE")]
    [InlineData("""{"general":[{"reason":"PERMISSIONS_DO_NOT_EXIST","database":"crm"}]}""", "crm", "PERMISSIONS_DO_NOT_EXIST")]
    [InlineData("""{"skippedTables":["w.w.t"]}""", "w.w.t", "RDS names it in skippedTables without a reason")]
    [InlineData("""{"skippedTables":[{"tableName":"w.t","reason":"X"}]}""", "w.t", "X")]
    [InlineData("""{"skippedTables":[{"tableName":"w.t","reason":"X","rows":3}]}""", "w.t", """{"tableName":"w.t","reason":"X","rows":3}""")]
    [InlineData("""{"skippedObjectives":[{"what":1}]}""", "*", """{"what":1}""")]
    [InlineData("""{"skippedObjectives":[7]}""", "*", "skippedObjectives: 7")]
    [InlineData("""{"somethingNew":{"a":1}}""", "*", """somethingNew: {"a":1}""")]
    [InlineData("""["x"]""", "*", """["x"]""")]
    [InlineData("\"{\\\"skippedTables\\\":[\\\"a.b\\\"]}\"", "a.b", "RDS names it in skippedTables without a reason")]
    [InlineData("Some tables were skipped.", "*", "Some tables were skipped.")]
    public void Parse_OneEntry_IsReadOrKeptAsItStands(string message, string target, string reason) =>
        Assert.Equal([new SkippedTable(target, reason)], ExportWarnings.Parse(message));
}
