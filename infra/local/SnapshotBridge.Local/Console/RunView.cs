using System.Diagnostics;
using System.Globalization;
using SnapshotBridge.Copying;
using SnapshotBridge.Reporting;
using Spectre.Console;

namespace SnapshotBridge.Local.Console;

/// <summary>A spinner with the current status in a terminal; plain lines, and a status every few seconds, in a pipe.</summary>
public sealed class RunView : IRunView
{
    private static readonly TimeSpan PlainStatusInterval = TimeSpan.FromSeconds(5);
    private static readonly string[] Columns = ["Schema", "Table", "Rows at source", "Rows in HeatWave", "Objects", "Bytes", "Evidence", "Status"];

    private readonly Lock _gate = new();
    private readonly IAnsiConsole _console;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private StatusContext? _status;
    private TimeSpan _lastPlainStatus;
    private string _lastStatus = ""; // or line: what was just said is not said again

    public RunView(IAnsiConsole console)
    {
        _console = console;
        if (!IsTerminal)
        {
            // A pipe has no width; the table must not be folded for the 80 columns that the library assumes then.
            console.Profile.Width = 200;
        }
    }

    private bool IsTerminal => _console.Profile.Out.IsTerminal;

    /// <summary>Runs <paramref name="work"/>, with a live status line where there is a terminal.</summary>
    public Task ShowAsync(Func<Task> work) => IsTerminal
        ? _console.Status().Spinner(Spinner.Known.Dots).StartAsync("starting", async context =>
        {
            _status = context;
            try
            {
                await work();
            }
            finally
            {
                _status = null;
            }
        })
        : work();

    public void Line(string text)
    {
        lock (_gate)
        {
            _lastStatus = text;
            _console.Write(new Text(string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,6:0.0} s  {text}\n")));
        }
    }

    public void Status(string text)
    {
        lock (_gate)
        {
            if (_status is { } status)
            {
                status.Status(Markup.Escape(text));
            }
            else if (text != _lastStatus && _clock.Elapsed - _lastPlainStatus >= PlainStatusInterval)
            {
                _lastPlainStatus = _clock.Elapsed;
                Line(text);
            }
        }
    }

    public void Tables(IReadOnlyList<TableReport> tables, IReadOnlyDictionary<string, long> sourceRows)
    {
        var grid = new Table().Border(IsTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        foreach (var column in Columns)
        {
            grid.AddColumn(new TableColumn(column) { NoWrap = true });
        }

        foreach (var index in new[] { 2, 3, 4, 5 })
        {
            grid.Columns[index].RightAligned();
        }

        var notes = new List<string>();
        foreach (var table in tables)
        {
            grid.AddRow(new[]
            {
                table.TargetSchema,
                table.Table,
                sourceRows.TryGetValue($"{table.Schema}.{table.Table}", out var rows) ? Number(rows) : "-",
                Number(table.RowsLoaded),
                Number(table.Objects),
                Number(table.Bytes),
                table.Evidence switch { CopyEvidence.EndToEnd => "end-to-end", CopyEvidence.Destination => "destination", _ => "-" },
                StatusOf(table, notes),
            }.Select(text => new Text(text)));
        }

        lock (_gate)
        {
            _console.Write(grid);
            foreach (var note in notes)
            {
                _console.Write(new Text($"{note}\n"));
            }
        }
    }

    /// <summary>The status and why; what does not fit into the column stands whole among the notes below the table.</summary>
    private string StatusOf(TableReport table, List<string> notes)
    {
        // What the other columns take at their usual widths; a longer text would make the library fold all of them.
        var room = Math.Max(24, _console.Profile.Width - 105);
        var status = table.Status.ToString().ToLowerInvariant();
        var details = table.Reason ?? (table.DroppedColumns.Count > 0 ? $"without {string.Join(", ", table.DroppedColumns)}" : null);
        if (details is null)
        {
            return status;
        }

        var text = details.StartsWith($"{status} ", StringComparison.Ordinal) ? details : $"{status}: {details}";
        if (text.Length <= room)
        {
            return text;
        }

        notes.Add(string.Create(CultureInfo.InvariantCulture, $"({notes.Count + 1}) {table.TargetSchema}.{table.Table} {text}"));
        return string.Create(CultureInfo.InvariantCulture, $"{status} ({notes.Count})");
    }

    private static string Number(long? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? "-";
}
