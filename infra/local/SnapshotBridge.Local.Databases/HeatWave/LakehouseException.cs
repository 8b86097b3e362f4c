namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>
/// A table cannot be loaded. HeatWave reports this in text and in its report and raises no SQL error; numbers are those of
/// MySQL's message file. The text never holds a PAR.
/// </summary>
internal sealed class LakehouseException(int number, string message) : Exception(message)
{
    public const int NoFiles = 6068;
    public const int EmptyFile = 6069;
    public const int NotParquet = 6081;
    public const int TypesDiffer = 6088;
    public const int ColumnCountsDiffer = 6093;
    public const int TypeNotConvertible = 6091;
    public const int ColumnCountMismatch = 6062;
    public const int TextTooLong = 6066;
    public const int NoAccess = 6128;
    public const int OperationFailed = 3889;

    public int Number { get; } = number;
}
