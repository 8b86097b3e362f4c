namespace SnapshotBridge.Planning;

/// <summary>RDS's words for what it left out of an export, for people: what they mean and what to do.</summary>
internal static class RdsReasons
{
    // RDS User Guide, "Exporting DB snapshot data to Amazon S3": limitations and the warning message. Others exist and stand as they are.
    private static readonly Dictionary<string, (string Words, string Remedy)> Known = new(StringComparer.Ordinal)
    {
        ["COLUMN_WITH_UNSUPPORTED_CHARACTER_IN_NAME"] = (
            "a column's name has a space, a tab, a line break or one of , ; { } ( ) =, which RDS does not export",
            "rename the column in the source and take a new snapshot"),
        ["TABLE_WITH_UNSUPPORTED_CHARACTER_IN_NAME"] = (
            "the table's name has a '/', which RDS does not export",
            "rename the table in the source and take a new snapshot"),
        ["FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE"] = (
            "RDS could not list the tables of a database",
            "check that the database can be read, and export a new snapshot"),
        ["PERMISSIONS_DO_NOT_EXIST"] = (
            "RDS's own user may not read it",
            "give back the rights that were taken from rdsadmin in the source, and take a new snapshot"),
    };

    /// <summary>One reason in plain words, with RDS's code behind it; a reason that is not known as RDS gave it.</summary>
    public static string Explain(string reason) =>
        Known.TryGetValue(reason.Trim(), out var known) ? $"{known.Words}: {known.Remedy} ({reason.Trim()})" : reason;

    /// <summary>A text with explained reasons, taken apart: what was the matter, and what to do about it; no remedies where no reason is known.</summary>
    public static (string Reason, IReadOnlyList<string> Remedies) Split(string text)
    {
        var remedies = new List<string>();
        foreach (var (words, remedy) in Known.Values)
        {
            var explained = $"{words}: {remedy}";
            if (text.Contains(explained, StringComparison.Ordinal))
            {
                text = text.Replace(explained, words, StringComparison.Ordinal);
                remedies.Add(remedy);
            }
        }

        return (text, remedies);
    }
}
