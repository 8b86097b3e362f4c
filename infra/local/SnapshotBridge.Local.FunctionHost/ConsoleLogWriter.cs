using System.Text;

namespace SnapshotBridge.Local.FunctionHost;

/// <summary>Turns what is written to the console into log lines, one object per line.</summary>
internal sealed class ConsoleLogWriter(JsonLog log, string level) : TextWriter
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _line = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        string line;
        lock (_lock)
        {
            if (value != '\n')
            {
                _line.Append(value);
                return;
            }

            line = _line.ToString().TrimEnd('\r');
            _line.Clear();
        }

        log.Write(level, line, [], null);
    }

    public override void Write(string? value)
    {
        foreach (var c in value ?? "")
        {
            Write(c);
        }
    }

    public override void WriteLine(string? value) => Write(value + "\n");
}
