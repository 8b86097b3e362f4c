using System.Text.Json;

namespace SnapshotBridge.Local.Databases.HeatWave.Declared;

/// <summary>What <c>ALTER TABLE … SECONDARY_LOAD</c> asks for.</summary>
/// <param name="Job">The job, or null where <c>heatwave_load</c> loads the table.</param>
/// <param name="Schema">The table's schema.</param>
/// <param name="Table">The table.</param>
/// <param name="IsGuided">Whether Guided Load looks at the table first.</param>
/// <param name="IsValidation">Whether nothing is to be loaded after all.</param>
/// <param name="IsStrict">Whether the session's sql_mode is strict.</param>
internal sealed record DeclaredLoadRequest(Job? Job, string Schema, string Table, bool IsGuided, bool IsValidation, bool IsStrict)
{
    public static DeclaredLoadRequest Parse(Job job)
    {
        using var document = JsonDocument.Parse(job.Input ?? "{}");
        var root = document.RootElement;
        return new DeclaredLoadRequest(
            job,
            root.GetProperty("schema").GetString()!,
            root.GetProperty("table").GetString()!,
            Flag(root, "guided"),
            Flag(root, "validate"),
            root.TryGetProperty("sql_mode", out var mode) && mode.GetString()!.Contains("STRICT_", StringComparison.OrdinalIgnoreCase));
    }

    private static bool Flag(JsonElement root, string name) => root.TryGetProperty(name, out var value) && value.ToString() == "1";
}
