using System.Text;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>
/// <c>infra/oci/heatwave.sql</c> as its own header says it is to be read: placeholders, one statement per target schema, and
/// statements for some servers alone. The local run's loading user gets its grants from there and from nowhere else.
/// </summary>
public sealed class GrantFile
{
    private const string HeatWaveOnly = "-- heatwave-only";
    private const string TaskApi = "-- task-api";
    private const string SchemaPlaceholder = "{{target_schema}}";
    private const string StemPlaceholder = "{{version_stem}}";

    // What a version's name keeps of a long schema name, as the file's header says.
    private const int StemLength = 41;

    private readonly IReadOnlyList<(string Text, string? Mark)> _statements;

    private GrantFile(IReadOnlyList<(string, string?)> statements) => _statements = statements;

    /// <exception cref="InvalidDataException">A statement does not end, or a mark stands before none.</exception>
    public static GrantFile Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var statements = new List<(string, string?)>();
        var statement = new StringBuilder();
        string? mark = null;
        foreach (var line in text.Split('\n').Select(line => line.Trim()))
        {
            if (line.Length == 0 || line.StartsWith("--", StringComparison.Ordinal))
            {
                mark = line is HeatWaveOnly or TaskApi ? line : mark;
                continue;
            }

            statement.Append(statement.Length == 0 ? "" : " ").Append(line);
            if (line.EndsWith(';'))
            {
                statements.Add((statement.ToString().TrimEnd(';'), mark));
                statement.Clear();
                mark = null;
            }
        }

        return statement.Length == 0 && mark is null
            ? new GrantFile(statements)
            : throw new InvalidDataException("The last statement of the grants does not end, or a mark stands before none.");
    }

    /// <summary>The statements for a server that is not HeatWave.</summary>
    /// <param name="user">The loading user.</param>
    /// <param name="schemas">The target schemas, as they are named.</param>
    /// <param name="withTaskApi">Whether the server has the task API.</param>
    public IEnumerable<string> ForStandIn(string user, IReadOnlyCollection<string> schemas, bool withTaskApi = false)
    {
        foreach (var (text, _) in _statements.Where(statement => statement.Mark is null || (withTaskApi && statement.Mark == TaskApi)))
        {
            var filled = text.Replace("{{user}}", user, StringComparison.Ordinal).Replace("{{host}}", "%", StringComparison.Ordinal);
            var isPerSchema = filled.Contains(SchemaPlaceholder, StringComparison.Ordinal) || filled.Contains(StemPlaceholder, StringComparison.Ordinal);
            foreach (var schema in isPerSchema ? schemas : [""])
            {
                var statement = filled
                    .Replace(SchemaPlaceholder, Pattern(schema), StringComparison.Ordinal)
                    .Replace(StemPlaceholder, Pattern(schema[..Math.Min(schema.Length, StemLength)]), StringComparison.Ordinal);
                yield return statement.Contains("{{", StringComparison.Ordinal)
                    ? throw new InvalidDataException($"The grants have a placeholder that nobody fills: {statement}")
                    : statement;
                if (statement.Contains("ON `performance_schema`.", StringComparison.OrdinalIgnoreCase))
                {
                    // HeatWave's tables of that schema stand in one of their own here.
                    yield return statement.Replace("`performance_schema`", $"`{RapidViews.PerformanceSchema}`", StringComparison.OrdinalIgnoreCase);
                }
            }
        }
    }

    /// <summary>A schema's name as a GRANT takes it between backticks.</summary>
    private static string Pattern(string schema) => schema
        .Replace("`", "``", StringComparison.Ordinal)
        .Replace("_", "\\_", StringComparison.Ordinal)
        .Replace("%", "\\%", StringComparison.Ordinal);
}
