namespace SnapshotBridge.Loading;

/// <summary>
/// What the numbers of a load's messages mean (HeatWave's error messages, 9.7.4). Texts change by version, numbers do not;
/// but 8.0 and 8.x put everything into 3877 and 3889, whose text then says what happened.
/// </summary>
public static class LoadConditions
{
    /// <summary>There are no files: HeatWave's own number for it.</summary>
    public const int NoFiles = 6068;

    /// <summary>
    /// 6431, 6434: what is shown is not all; 1196, 1751, 1752: notices that a rollback adds after the error; 4094: where in a
    /// procedure it happened, as MariaDB's family adds it.
    /// </summary>
    private static readonly HashSet<int> Attendants = [1196, 1751, 1752, 4094, 6431, 6434];

    /// <summary>A value was rounded (6048), clamped (6052, 6053) or cut off (6057, and 1265 as 8.0 says it): the data is not the source's.</summary>
    private static readonly HashSet<int> Altered = [1265, 6048, 6052, 6053, 6057];

    /// <summary>Values or types that do not go into the declared column.</summary>
    private static readonly HashSet<int> Conversions = [6045, 6049, 6055, 6056, 6058, 6065, 6066, 6087, 6091, 6105, 6530];

    /// <summary>3877 and 3889 stand for any failure of the secondary engine.</summary>
    private static readonly HashSet<int> Unspecific = [3877, 3889];

    /// <summary>No files, no data, not Parquet, no header, not to be opened, no access to the locations: what an answer of 401 or 404 may be told as.</summary>
    private static readonly HashSet<int> Access = [NoFiles, 6081, 6098, 6099, 6101, 6104, 6128];

    private static readonly string[] ConversionWords = ["convert", "conversion", "truncated", "out of range", "incompatible", "data type", "column type", "invalid value", "incorrect"];

    public static bool IsAltered(int number) => Altered.Contains(number);

    /// <summary>Whether a failure may be that of files that cannot be reached.</summary>
    public static bool IsAccess(int number) => Access.Contains(number) || Unspecific.Contains(number);

    /// <summary>The error among what a failed statement left: the last condition, but for notices after it.</summary>
    /// <param name="last">The number of the last condition.</param>
    /// <param name="conditions">All conditions in their order.</param>
    public static int ErrorOf(int last, IEnumerable<int> conditions)
    {
        if (!Attendants.Contains(last) && !Altered.Contains(last))
        {
            return last;
        }

        var others = conditions.Where(number => !Attendants.Contains(number)).ToList();
        return others.FindLast(number => !Altered.Contains(number)) is var error and not 0 ? error : others.LastOrDefault(last);
    }

    /// <summary>Whether a failure is about a value or type that another column type could take.</summary>
    public static bool IsConversion(int number, string message) =>
        Conversions.Contains(number)
        || (Unspecific.Contains(number) && ConversionWords.Any(word => message.Contains(word, StringComparison.OrdinalIgnoreCase)));
}
