using System.Globalization;
using System.Text.Json;
using MySqlConnector;
using Xunit;

namespace SnapshotBridge.Local.Tests.Databases;

/// <summary>Calls of HeatWave's load routine, and what it and the server tell afterwards.</summary>
internal static class HeatWaveCalls
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static (string Input, string Options) NewForm(this DatabasesFixture fixture, string schema, string table, string prefix) => (
        $$"""[{"db_name":"{{schema}}","tables":[{"table_name":"{{table}}","engine_attribute":{"dialect":{"format":"parquet"},"file":[{"par":"{{fixture.Par.Url}}","prefix":"{{prefix}}"}] } }] }]""",
        """{"mode":"normal"}""");

    public static (string Input, string Options) OldForm(this DatabasesFixture fixture, string schema, string table, string prefix) => (
        $$"""["{{schema}}"]""",
        $$"""{"mode":"normal","external_tables":[{"db_name":"{{schema}}","tables":[{"table_name":"{{table}}","dialect":{"format":"parquet"},"file":[{"par":"{{fixture.Par.Url}}","prefix":"{{prefix}}"}] }] }] }""");

    public static async Task<List<(string Name, List<string> Lines)>> CallAsync(MySqlConnection connection, string input, string options)
    {
        await using var command = new MySqlCommand("CALL sys.heatwave_load(@in, @opt)", connection) { CommandTimeout = 0 };
        command.Parameters.AddWithValue("@in", input);
        command.Parameters.AddWithValue("@opt", options);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var boxes = new List<(string, List<string>)>();
        do
        {
            if (reader.FieldCount == 0)
            {
                continue;
            }

            var lines = new List<string>();
            var name = reader.GetName(0);
            while (await reader.ReadAsync(Token))
            {
                lines.Add(reader.GetString(0));
            }

            boxes.Add((name, lines));
        }
        while (await reader.NextResultAsync(Token));
        return boxes;
    }

    public static async Task<List<HeatWaveReport>> ReportAsync(MySqlConnection connection)
    {
        await using var command = new MySqlCommand("SELECT type, CAST(log AS CHAR) FROM sys.heatwave_autopilot_report ORDER BY id", connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        var report = new List<HeatWaveReport>();
        while (await reader.ReadAsync(Token))
        {
            report.Add(new HeatWaveReport(reader.GetString(0), JsonDocument.Parse(reader.GetString(1)).RootElement));
        }

        return report;
    }

    public static int ErrorNumber(List<HeatWaveReport> report) => Assert.Single(report, entry => entry.Type == "error").Log.GetProperty("error_number").GetInt32();

    public static async Task<long> NumberAsync(MySqlConnection connection, string sql)
    {
        await using var command = new MySqlCommand(sql, connection);
        return Convert.ToInt64(await command.ExecuteScalarAsync(Token), CultureInfo.InvariantCulture);
    }

    public static async Task<List<string?>> RowAsync(MySqlConnection connection, string sql)
    {
        await using var command = new MySqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token));
        return [.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))];
    }

    public static async Task RunAsync(MySqlConnection connection, params string[] statements)
    {
        foreach (var sql in statements)
        {
            await using var command = new MySqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(Token);
        }
    }

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(20));
        while (!await condition())
        {
            await Task.Delay(50, limit.Token);
        }
    }
}

/// <param name="Type">What kind of line of HeatWave's report it is.</param>
/// <param name="Log">The line.</param>
internal sealed record HeatWaveReport(string Type, JsonElement Log);
