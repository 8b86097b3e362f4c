using System.Globalization;
using SnapshotBridge.Loading.Declarations;
using SnapshotBridge.Parquet;

namespace SnapshotBridge.Loading.Verification;

/// <summary>Compares a table's figures column by column. Pure: what the server said is handed in.</summary>
internal sealed class StatisticsComparison
{
    private const string NoValue = "no value";

    // The null count, the minimum and the maximum.
    private const int FiguresOfAColumn = 3;

    private readonly List<StatisticsDifference> _differences = [];
    private readonly List<string> _notCompared = [];
    private int _all;
    private int _columns;
    private int _inFull;
    private int _values;

    public StatisticsOutcome Outcome => new(_columns, _values, _differences, _notCompared) { Columns = _all, ColumnsInFull = _inFull };

    /// <summary>For a table of which nothing can be compared.</summary>
    public static StatisticsOutcome None(int columns, string reason) => new(0, 0, [], [$"the whole table: {reason}"]) { Columns = columns };

    /// <summary>
    /// Finds each column of the files on the server, and how it is to be compared; those that cannot be are noted here.
    /// </summary>
    /// <param name="columns">The export's columns as <c>name type</c>.</param>
    /// <param name="exported">What their footers say, in the same order.</param>
    /// <param name="served">The server's columns.</param>
    /// <param name="otherTypes">Columns that do not have the source's type, as the report names them.</param>
    public IReadOnlyList<ComparedColumn> Match(
        IReadOnlyList<string> columns, IReadOnlyList<ColumnStatistics> exported, IReadOnlyList<ServedColumn> served, IReadOnlySet<string> otherTypes)
    {
        var byName = new Dictionary<string, ServedColumn>(StringComparer.OrdinalIgnoreCase);
        foreach (var column in served)
        {
            byName[column.Name] = column;
        }

        _all = columns.Count;
        // Of names that differ in case alone MySQL takes one: the others were declared under names of their own.
        var files = columns.Select(ColumnText.Name).ToList();
        var declared = ColumnNames.For(files);
        var matched = new List<ComparedColumn>();
        for (var index = 0; index < columns.Count; index++)
        {
            var name = files[index];
            if (!byName.TryGetValue(declared[index], out var column) || !column.IsLoaded)
            {
                _notCompared.Add($"{name}: HeatWave does not serve it");
                continue;
            }

            var meaning = ColumnMeaning.Parse(columns[index][Math.Min(name.Length + 1, columns[index].Length)..]);
            var (compared, reason) = ComparisonRules.For(meaning, column.Type);
            if (exported[index].Unknown is { } unknown)
            {
                (compared, reason) = (ComparedAs.Nothing, $"its minimum and maximum are not known: {unknown}");
            }

            if (reason is not null)
            {
                _notCompared.Add($"{name}: {reason}");
            }

            if (exported[index].Nulls is null)
            {
                _notCompared.Add($"{name}: its NULLs are not counted in every footer");
            }

            if (compared != ComparedAs.Nothing || exported[index].Nulls is not null)
            {
                matched.Add(new ComparedColumn(column, meaning, exported[index], compared) { HasOtherType = otherTypes.Contains(name) || otherTypes.Contains(column.Name) });
            }
        }

        return matched;
    }

    /// <summary>Notes a column that the server would not tell of.</summary>
    public void Refused(ComparedColumn column, string error) => _notCompared.Add($"{column.Served.Name}: {error}");

    /// <summary>Compares one column.</summary>
    public void Compare(ComparedColumn column, LoadedFigures loaded)
    {
        var (before, notes) = (_values, _notCompared.Count);
        var name = column.Served.Name;
        if (column.Exported.Nulls is { } nulls)
        {
            // A footer with NaN gives no bounds and does not tell how many there are.
            if (nulls < loaded.Nulls && column.Exported.Unknown is not null && (column.Meaning.Values is ColumnValues.Float or ColumnValues.Double))
            {
                _notCompared.Add($"{name}: {nulls} NULLs in the export and {loaded.Nulls} in HeatWave may both be right, because HeatWave loads NaN as NULL");
                return;
            }

            _values++;
            if (nulls != loaded.Nulls)
            {
                Differ(name, "nulls", nulls.ToString(CultureInfo.InvariantCulture), loaded.Nulls.ToString(CultureInfo.InvariantCulture));
            }
        }

        if (column.As != ComparedAs.Nothing)
        {
            Compare(column, "minimum", column.Exported.Minimum, loaded.Minimum);
            Compare(column, "maximum", column.Exported.Maximum, loaded.Maximum);
        }

        _columns += _values > before ? 1 : 0;
        _inFull += _values == before + FiguresOfAColumn && _notCompared.Count == notes ? 1 : 0;
    }

    private void Compare(ComparedColumn column, string figure, StatisticsValue? exported, object? loaded)
    {
        var name = column.Served.Name;
        if (exported is null)
        {
            _values++;
            if (loaded is not null)
            {
                Differ(name, figure, NoValue, Shown(loaded));
            }

            return;
        }

        if (column.As is ComparedAs.Text or ComparedAs.PaddedText or ComparedAs.Label)
        {
            CompareBytes(column, figure, exported, loaded as byte[]);
            return;
        }

        if (ComparedText.Of(exported, column.Meaning, column.As) is not { } wanted)
        {
            _notCompared.Add($"{name}: the export's {figure} is no value of the server's type");
            return;
        }

        if (column is { HasOtherType: true, Served.Places: { } places } && PlacesOf(wanted) > places)
        {
            _notCompared.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: its type on the server keeps {places} of the {PlacesOf(wanted)} places of the export's {figure}"));
            return;
        }

        _values++;
        if (!wanted.Equals(loaded))
        {
            Differ(name, figure, wanted, loaded is null ? NoValue : Shown(loaded));
        }
    }

    private void CompareBytes(ComparedColumn column, string figure, StatisticsValue exported, byte[]? loaded)
    {
        var wanted = exported.Bytes;
        ReadOnlySpan<byte> found = loaded;
        if (column.As == ComparedAs.PaddedText)
        {
            // Cut off behind a prefix may be nothing but the spaces that CHAR does not give back.
            wanted = exported.IsPrefix ? wanted : wanted.TrimEnd((byte)' ');
            found = exported.IsPrefix ? Padded(found, wanted.Length + 1) : found.TrimEnd((byte)' ');
        }

        if (exported.IsPrefix)
        {
            _notCompared.Add($"{column.Served.Name}: of its {figure} only the first {StatisticsValue.LongestBytes} bytes are compared");
        }

        _values++;
        if (loaded is null || !(exported.IsPrefix ? found.Length > wanted.Length && found.StartsWith(wanted) : found.SequenceEqual(wanted)))
        {
            Differ(column.Served.Name, figure, Shown(wanted.ToArray()), loaded is null ? NoValue : Shown(found.ToArray()));
        }
    }

    private static int PlacesOf(string value) => value.LastIndexOf('.') is >= 0 and var point ? value.Length - point - 1 : 0;

    private static byte[] Padded(ReadOnlySpan<byte> text, int length)
    {
        var padded = new byte[Math.Max(length, text.Length)];
        padded.AsSpan(text.Length).Fill((byte)' ');
        text.CopyTo(padded);
        return padded;
    }

    private void Differ(string column, string figure, string exported, string loaded)
    {
        var (left, right) = ShownValue.Both(exported, loaded);
        _differences.Add(new StatisticsDifference(column, figure, left, right));
    }

    private static string Shown(object value) => value is byte[] bytes ? ShownValue.OfBytes(bytes) : (string)value;
}
