using SnapshotBridge.Loading;
using Xunit;

namespace SnapshotBridge.Core.Tests.Loading;

public sealed class WorkerEventTests
{
    private static readonly LoadPar Par = new("https://h/p/TOKEN_1/n/ns/b/bucket/o/");

    [Fact]
    public void Create_NewForm_CallsWithTheDocumentFirst()
    {
        var sql = WorkerEvent.Create("run", "run_0000", "snapshotbridge.task.x.1.0", Par, LoadCallForm.InputList);

        Assert.StartsWith(
            "CREATE EVENT `snapshotbridge`.`load_run_0000`\nON SCHEDULE AT CURRENT_TIMESTAMP ON COMPLETION NOT PRESERVE\n", sql.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("CALL sys.heatwave_load(CONCAT(v_head, v_par, v_tail), v_other);", sql, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_OldForm_CallsWithTheDocumentAsOptions() => Assert.Contains(
        "CALL sys.heatwave_load(v_other, CONCAT(v_head, v_par, v_tail));",
        WorkerEvent.Create("run", "run_0000", "par", Par, LoadCallForm.ExternalTables),
        StringComparison.Ordinal);

    [Fact]
    public void Create_AnyForm_HoldsTheParInItsDeclarationsOnly()
    {
        var sql = WorkerEvent.Create("run", "run_0000", "par", Par, LoadCallForm.InputList);

        Assert.Equal(2, sql.Split("TOKEN_1").Length - 1);
        Assert.Contains("v_par TEXT CHARACTER SET utf8mb4 DEFAULT 'https://h/p/TOKEN_1/n/ns/b/bucket/o/'", sql, StringComparison.Ordinal);
        Assert.Contains("v_token TEXT CHARACTER SET utf8mb4 DEFAULT 'TOKEN_1'", sql, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_AnyForm_KeepsMessagesWithoutTheToken()
    {
        var sql = WorkerEvent.Create("run", "run_0000", "par", Par, LoadCallForm.InputList);

        Assert.Contains("REPLACE(CAST(log AS CHAR), v_token, '***')", sql, StringComparison.Ordinal);
        Assert.Contains("message = REPLACE(v_message, v_token, '***')", sql, StringComparison.Ordinal);
    }
}
