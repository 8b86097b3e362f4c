using System.Diagnostics;
using System.Globalization;
using SnapshotBridge.Loading;
using SnapshotBridge.Reporting;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>
/// An export of many tables, from the gate to the report. As many as SNAPSHOTBRIDGE_SCALE_TABLES says, for measuring; how long
/// each invocation took is in the test's output.
/// </summary>
[Collection(LoadTablesTestGroup.Name)]
public sealed class LoadAtScaleTests(LoadServers servers, ITestOutputHelper output)
{
    private const int Rows = 3;

    private static readonly int Tables =
        int.TryParse(Environment.GetEnvironmentVariable("SNAPSHOTBRIDGE_SCALE_TABLES"), CultureInfo.InvariantCulture, out var tables) ? tables : 40;

    private ScriptedHeatWave HeatWave => servers.HeatWave;

    [Theory]
    [InlineData(LoadMode.Event, 9)]
    [InlineData(LoadMode.Connection, 32)]
    public async Task Handle_ManyTables_AsksInProportionAndLoadsEveryOneOnce(LoadMode mode, int perTable)
    {
        var lab = new LoadLab(servers);
        var names = Enumerable.Range(0, Tables).Select(index => string.Create(CultureInfo.InvariantCulture, $"t{index:D5}")).ToArray();
        foreach (var name in names)
        {
            lab.Table(name, Rows);
            await HeatWave.BehaveAsync(lab.Schema, name, rows: Rows);
        }

        await lab.CopiedAsync();
        lab.InvocationTime = TimeSpan.FromMinutes(15);
        lab.Options = lab.Options with { Settings = lab.Options.Settings with { Mode = mode } };
        await using var asked = await AskedStatements.StartAsync(HeatWave);
        var before = servers.Oci.Store.Requests.Count;

        var first = await PollAsync(lab, "the load");
        var (statements, requests) = (await asked.CountAsync(), servers.Oci.Store.Requests.Count - before);
        await asked.ForgetAsync();
        var second = await PollAsync(lab, "the same once more");
        var again = await asked.CountAsync();

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{mode}, {Tables} tables: {statements} statements and {requests} requests to Object Storage; once more {again} statements"));
        // Counted, described, judged and noted, each table by itself, and on a connection loaded from there as well; looks in
        // between, and what is the same for any export.
        Assert.InRange(statements, Tables, (perTable * Tables) + 300);
        Assert.InRange(again, 1, (4 * Tables) + 200);
        Assert.InRange(requests, Tables, (2 * Tables) + 60);
        Assert.All((RunReport[])[first, second], report => Assert.All(report.Tables, table => Assert.Equal((TableStatus.Loaded, Rows), (table.Status, table.RowsLoaded))));
        Assert.Equal(names, first.Tables.Select(table => table.Table).Order(StringComparer.Ordinal));
        Assert.Equal(Tables, (await HeatWave.CallsAsync(lab.Schema)).Count);
    }

    private async Task<RunReport> PollAsync(LoadLab lab, string what)
    {
        while (true)
        {
            var watch = Stopwatch.StartNew();
            var status = (await lab.InvokeAsync()).GetProperty("status").GetString();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {status} after {watch.Elapsed.TotalSeconds:F1} s"));
            if (status != "LOADING")
            {
                return await lab.ReportAsync();
            }
        }
    }
}
