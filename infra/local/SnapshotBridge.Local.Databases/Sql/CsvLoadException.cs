namespace SnapshotBridge.Local.Databases.Sql;

/// <summary>The server changed or left out values of a load.</summary>
internal sealed class CsvLoadException(int number, string message) : Exception(message)
{
    /// <summary>The server's warning number, or 0.</summary>
    public int Number { get; } = number;
}
