using System.Globalization;
using MySqlConnector;
using SnapshotBridge.Local.Cloud;

namespace SnapshotBridge.Local.Running;

/// <summary>Where a run stands, in one line: state, export percentage, bytes at the destination and their speed, tables loaded.</summary>
internal sealed class ProgressLine(LocalCloud cloud, ExecutionWatch watch)
{
    private readonly Queue<(TimeSpan At, long Bytes)> _samples = new();
    private readonly System.Diagnostics.Stopwatch _clock = System.Diagnostics.Stopwatch.StartNew();

    public async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        var parts = new List<string> { watch.State };
        if (cloud.Aws.RdsStore.ExportTasks is [.., var task])
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"export {task.PercentProgress} % ({task.Status})"));
        }

        var bytes = cloud.Oci.Store.List(LocalCloud.OciBucket).Sum(stored => stored.SizeBytes)
            + cloud.Oci.Store.Uploads(LocalCloud.OciBucket).Sum(upload => upload.Parts.Sum(part => part.SizeBytes));
        if (bytes > 0)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"copied {bytes / 1e6:0.0} MB{(Speed(bytes) is >= 0.5 and var speed ? $", {speed:0} MB/s" : "")}"));
        }

        if (watch.State == "LoadTables")
        {
            parts.Add($"tables loaded: {await LoadedAsync(cancellationToken)}");
        }

        return string.Join(" · ", parts);
    }

    /// <summary>MB/s over the last three seconds.</summary>
    private double Speed(long bytes)
    {
        var now = _clock.Elapsed;
        _samples.Enqueue((now, bytes));
        while (now - _samples.Peek().At > TimeSpan.FromSeconds(3))
        {
            _samples.Dequeue();
        }

        var first = _samples.Peek();
        return now > first.At ? (bytes - first.Bytes) / 1e6 / (now - first.At).TotalSeconds : 0;
    }

    private async Task<string> LoadedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new MySqlConnection(cloud.HeatWave.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var command = new MySqlCommand("SELECT COUNT(*) FROM snapshotbridge.`tables` WHERE verified_at IS NOT NULL", connection);
            return Convert.ToString(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture) ?? "0";
        }
        catch (MySqlException)
        {
            // The ledger is not there before the first load, and a scenario may have the server down.
            return "0";
        }
    }
}
