using System.Globalization;
using System.Text.Json;
using SnapshotBridge.Local.Databases.HeatWave.Front;
using SnapshotBridge.Local.Databases.Sql;

namespace SnapshotBridge.Local.Databases.HeatWave.Tasks;

/// <summary>What <see cref="TaskProcedures"/> cannot do themselves: no procedure may create an event from a text.</summary>
internal static class TaskJobs
{
    public const string Start = "task";
    public const string Kill = "kill";

    /// <summary>Creates the event of a task, owned by the caller; its text is translated as the front would.</summary>
    /// <exception cref="StatementRejectedException">The played server does not take a statement of the text.</exception>
    public static async Task StartAsync(JobChannel channel, Job job, StatementTranslator translator, CancellationToken cancellationToken)
    {
        using var document = JsonDocument.Parse(job.Input!);
        var root = document.RootElement;
        var text = TaskProcedures.Event(Text(root, "id"), Text(root, "owner"), Text(root, "schema"), translator.TranslateBody(Text(root, "sql")));
        await channel.ExecuteAsync(text, cancellationToken);
    }

    public static async Task KillAsync(JobChannel channel, Job job, CancellationToken cancellationToken)
    {
        using var document = JsonDocument.Parse(job.Input!);
        var root = document.RootElement;
        await channel.ExecuteAsync($"DROP EVENT IF EXISTS {SqlText.Name(Text(root, "schema"), Text(root, "id"))}", cancellationToken);
        if (long.TryParse(root.GetProperty("connection").ToString(), CultureInfo.InvariantCulture, out var connection)
            && await channel.ScalarAsync("SELECT 1 FROM information_schema.PROCESSLIST WHERE ID=@p0", cancellationToken, connection) is not null)
        {
            await channel.KillAsync(connection, cancellationToken);
        }
    }

    private static string Text(JsonElement root, string name) => root.GetProperty(name).GetString()!;
}
