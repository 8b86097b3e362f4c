using System.Text;

namespace SnapshotBridge.Local.Databases.HeatWave.Front;

/// <summary>Replacements in a statement; whatever is not replaced stays as it stands.</summary>
internal sealed class SqlEdits
{
    private readonly List<(int Start, int End, string Text)> _edits = [];

    public bool IsEmpty => _edits.Count == 0;

    public void Replace(int start, int end, string text) => _edits.Add((start, end, text));

    /// <summary>Whether a place lies in a part that is replaced already.</summary>
    public bool Covers(int at) => _edits.Exists(edit => edit.Start <= at && at < edit.End);

    /// <summary>The part of a statement from one place to another, with the replacements that lie in it.</summary>
    public string Apply(string sql, int from, int to)
    {
        var text = new StringBuilder(to - from + 64);
        foreach (var (start, end, replacement) in _edits.Where(edit => edit.Start >= from && edit.End <= to).OrderBy(edit => edit.Start))
        {
            text.Append(sql, from, start - from).Append(replacement);
            from = end;
        }

        return text.Append(sql, from, to - from).ToString();
    }
}
