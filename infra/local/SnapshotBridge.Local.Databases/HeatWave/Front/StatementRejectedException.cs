using System.Globalization;

namespace SnapshotBridge.Local.Databases.HeatWave.Front;

/// <summary>A statement that the played server does not take. The message may quote it, as servers do: it may hold a PAR.</summary>
internal sealed class StatementRejectedException(int number, string sqlState, string message) : Exception(message)
{
    public int Number { get; } = number;

    public string SqlState { get; } = sqlState;

    /// <summary>The error of a server that does not know a word; it quotes eighty characters from there on.</summary>
    public static StatementRejectedException Syntax(string sql, int at)
    {
        var line = 1 + sql.AsSpan(0, at).Count('\n');
        return new StatementRejectedException(
            1064,
            "42000",
            string.Create(
                CultureInfo.InvariantCulture,
                $"You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '{sql.AsSpan(at, Math.Min(80, sql.Length - at))}' at line {line}"));
    }

    public static StatementRejectedException UnknownEngine(string engine) => new(1286, "42000", $"Unknown storage engine '{engine}'");
}
