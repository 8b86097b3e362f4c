using System.Text;
using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class WorkerBodyTests
{
    private static readonly LoadPar Par = new("https://h/p/TOKEN_1/n/ns/b/bucket/o/");
    private static readonly DateTimeOffset Until = DateTimeOffset.FromUnixTimeSeconds(1_795_255_200);

    /// <summary>With a PAR that has expired every table fails, and a queue may take longer than a PAR lives.</summary>
    [Fact]
    public void Around_BeforeEachTable_LooksWhetherItsTimeIsUp() => Assert.Matches(
        @"tables_of_run: LOOP\s+IF UNIX_TIMESTAMP\(\) >= 1795255200 THEN\s+LEAVE tables_of_run;", WorkerBody.Around("run", "run_0000", Until).Tail);

    [Fact]
    public void Event_Text_IsAOneShotEventOfItsOwnName() => Assert.StartsWith(
        "CREATE EVENT `snapshotbridge`.`load_run_0000`\nON SCHEDULE AT CURRENT_TIMESTAMP ON COMPLETION NOT PRESERVE\n",
        WorkerCarriers.Event("run", "run_0000", Par, Until).Text.ReplaceLineEndings("\n"),
        StringComparison.Ordinal);

    [Fact]
    public void Event_Text_HoldsTheParOnce()
    {
        var sql = WorkerCarriers.Event("run", "run_0000", Par, Until);

        Assert.Equal(1, sql.Text.Split("TOKEN_1").Length - 1);
        Assert.Matches(@"DECLARE v_par TEXT CHARACTER SET utf8mb4 DEFAULT 'https://h/p/TOKEN_1/n/ns/b/bucket/o/';", sql.Text);
        Assert.Empty(sql.Parameters);
    }

    [Fact]
    public void Task_Statement_HasTheServerQuoteThePar()
    {
        var sql = WorkerCarriers.Task("run", "run_0000", Par, Until);

        Assert.Equal("CALL mysql_tasks.execute_prepared_stmt_async(CONCAT(@head, QUOTE(@par), @tail, ';'), 'snapshotbridge', @name, NULL, @snapshotbridge_task)", sql.Text);
        Assert.Equal(Par.Reveal(), sql.Parameters.Single(item => item.Name == "par").Value);
        Assert.All(sql.Parameters.Where(item => item.Name != "par"), item => Assert.DoesNotContain("TOKEN_1", (string)item.Value!, StringComparison.Ordinal));
    }

    [Fact]
    public void Task_Text_IsTheEventsBodyAndFarBelow64KiB()
    {
        var parameters = WorkerCarriers.Task("run", "run_0000", Par, Until).Parameters.ToDictionary(item => item.Name, item => (string)item.Value!);
        var body = $"{parameters["head"]}'{Par.Reveal()}'{parameters["tail"]}";

        Assert.EndsWith(body, WorkerCarriers.Event("run", "run_0000", Par, Until).Text, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(body), 1, 32 * 1024);
    }

    [Fact]
    public void Around_Messages_AreKeptWithoutTheToken()
    {
        var (_, tail) = WorkerBody.Around("run", "run_0000", Until);

        Assert.Contains("REPLACE(CAST(log AS CHAR), v_token, '***')", tail, StringComparison.Ordinal);
        Assert.Contains("message = REPLACE(v_message, v_token, '***')", tail, StringComparison.Ordinal);
        Assert.Contains("'message', REPLACE(c.m, v_token, '***')", tail, StringComparison.Ordinal);
    }

    /// <summary>In MySQL anything between the two clears what is to be read.</summary>
    [Fact]
    public void Around_AfterAStatement_ReadsItsConditionsAtOnce() => Assert.Matches(
        @"EXECUTE snapshotbridge_step;\s+GET DIAGNOSTICS v_conditions = NUMBER;\s+GET DIAGNOSTICS CONDITION v_conditions v_last = MYSQL_ERRNO, v_text = MESSAGE_TEXT;\s+GET DIAGNOSTICS CONDITION 1 ",
        WorkerBody.Around("run", "run_0000", Until).Tail);
}
