using SnapshotBridge.Local.Console;
using SnapshotBridge.Reporting;

namespace SnapshotBridge.EndToEnd.Tests;

/// <summary>Keeps what a person would have seen, for the message of a failed test and for the search for secrets.</summary>
internal sealed class RecordingView : IRunView
{
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];

    public string Text
    {
        get
        {
            lock (_gate)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    public void Line(string text)
    {
        lock (_gate)
        {
            _lines.Add(text);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(text);
    }

    public void Status(string text)
    {
        lock (_gate)
        {
            _lines.Add(text);
        }
    }

    public void Tables(IReadOnlyList<TableReport> tables, IReadOnlyDictionary<string, long> sourceRows)
    {
        lock (_gate)
        {
            _lines.AddRange(tables.Select(table => table.ToString()));
        }
    }
}
