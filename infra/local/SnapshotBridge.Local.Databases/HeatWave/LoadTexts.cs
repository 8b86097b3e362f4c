using System.Globalization;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>What stands in HeatWave's boxes. Wording varies by version: nobody should decide anything by it.</summary>
internal static class LoadTexts
{
    public static string[] Initializing(LoadRequest request) =>
    [
        "Version: 2.31",
        $"Load Mode: {request.Mode.ToString().ToLowerInvariant()}",
        $"Load Policy: {(request.DropUnsupportedColumns ? "disable_unsupported_columns" : "not_disable_unsupported_columns")}",
        $"Output Mode: {request.Output.ToString().ToLowerInvariant()}",
        "",
    ];

    public static List<string> Inference(IEnumerable<(string Name, TableShape? Shape, int Files, string? Issue)> tables)
    {
        var all = tables.ToList();
        List<string> lines = ["Verifying external lakehouse tables: " + all.Count.ToString(CultureInfo.InvariantCulture), ""];
        lines.AddRange(all.Where(table => table.Shape is not null).Select(table => Text(
            $"{table.Name}: {table.Shape!.Columns.Count} columns, {table.Files} files{(table.Shape.Dropped.Count > 0 ? $", {table.Shape.Dropped.Count} unsupported columns excluded" : "")}")));
        var issues = all.Where(table => table.Issue is not null).ToList();
        if (issues.Count > 0)
        {
            lines.Add("SUMMARY OF ISSUES");
            lines.AddRange(issues.Select(table => $"  {table.Name}: {table.Issue}"));
        }

        return lines;
    }

    public static string[] Executing(LoadMode mode, int tables) =>
        mode == LoadMode.Normal
            ? [Text($"HeatWave Load executing {tables} table loads one after another"), ""]
            : [Text($"Load script generated for {tables} tables"), "Retrieve it with: SELECT log->>\"$.sql\" FROM sys.heatwave_autopilot_report WHERE type = \"sql\" ORDER BY id;"];

    public static string[] Table(string name, bool created, string? error, int columns, long rows, TimeSpan duration)
    {
        var commands = created ? 2 : 1;
        return error is null
            ?
            [
                $"TABLE {name}",
                Text($"  Commands executed successfully: {commands} of {commands}"), "  Warnings encountered: 0", "  Table loaded successfully!",
                Text($"    Total columns loaded: {columns}"), Text($"    Rows: {rows}"), Text($"    Elapsed time: {duration.TotalSeconds:0.00} s"), "",
            ]
            :
            [
                $"TABLE {name}",
                Text($"  Commands executed successfully: {commands - 1} of {commands}"), "  Errors encountered: 1", "  Table failed to load!",
                "    Command failed: \"ALTER TABLE .. SECONDARY_LOAD;\"", $"    Error: Unable to load table from external source: {error}", "",
            ];
    }

    public static string[] Summary(IEnumerable<(string Schema, bool Loaded, bool Failed, int Columns, TimeSpan Duration)> tables) =>
    [
        "SCHEMA                           TABLES     TABLES    COLUMNS         LOAD",
        "NAME                             LOADED     FAILED     LOADED     DURATION",
        "------                           ------     ------    -------     --------",
        .. tables.GroupBy(table => table.Schema).Select(schema => Text(
            $"`{schema.Key}`{new string(' ', Math.Max(1, 30 - schema.Key.Length))}{schema.Count(t => t.Loaded),7}{schema.Count(t => t.Failed),11}{schema.Sum(t => t.Columns),11}{schema.Sum(t => t.Duration.TotalSeconds),11:0.00} s")),
        "",
    ];

    public static string[] Help { get; } =
    [
        "CALL sys.heatwave_load(input_list, options)",
        "input_list: [{\"db_name\", \"tables\": [{\"table_name\", \"engine_attribute\": {\"dialect\", \"file\"}}]}]",
        "options: mode normal|dryrun|validation, output normal|compact|silent|help, policy, exclude_list, external_tables (before 8.4)",
    ];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
