using System.Globalization;
using System.Text.RegularExpressions;
using SnapshotBridge.Loading;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Reporting;

/// <summary>What to do about a table that did not arrive. Pure.</summary>
internal static partial class NextSteps
{
    /// <summary>How a failed run goes on.</summary>
    public const string Redrive = "redrive the execution, which loads only what is missing";

    /// <summary>What RDS left out.</summary>
    public static (string Reason, string NextStep) Skipped(string reason)
    {
        var (what, remedies) = RdsReasons.Split(reason);
        return remedies.Count > 0
            ? (what, Sentence(string.Join("; ", remedies)))
            : (what, "Look up RDS's reason in the chapter on exporting snapshot data of its user guide, repair it in the source, and take a new snapshot.");
    }

    /// <summary>What HeatWave did not load, by the reason that its verdict gives.</summary>
    public static string Failed(string? reason)
    {
        var text = reason ?? "";
        if (text.Contains("was not created by SnapshotBridge", StringComparison.Ordinal))
        {
            return $"Drop or rename that table; then {Redrive}. Or start another run that sends the schema elsewhere with targetSchemas.";
        }

        if (text.Contains("Parquet files disagree", StringComparison.Ordinal))
        {
            return "Export the snapshot again: start a run with \"newExport\": true.";
        }

        if (Number().Match(text) is { Success: true } match && int.TryParse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out var number))
        {
            return OfError(number);
        }

        if (Rows().IsMatch(text))
        {
            return $"Do not rely on the table; {Redrive}. If the counts differ again, look for rows that HeatWave could not convert among the warnings, and for writers to the target table.";
        }

        return $"Repair what the reason names; then {Redrive}.";
    }

    // MySQL Error Message Reference, server errors.
    private static string OfError(int number) => number switch
    {
        // Values and types that the server does not convert as declared.
        3877 or 3889 or 6042 or 6045 or 6049 or (>= 6055 and <= 6058) or 6065 or 6066 or 6087 or 6091 or 6530 =>
            "Give the column another type in \"columnTypes\", or start a run with \"types\": \"inferred\".",
        6068 or 6069 or 6070 or 6081 or 6098 or 6099 or 6101 or 6104 =>
            $"Look whether anything but this run's files stands below the table's folder in the OCI bucket; then {Redrive}.",
        6088 or 6093 => "Export the snapshot again: start a run with \"newExport\": true.",
        6128 => $"Look whether the PAR has expired or was deleted; then {Redrive}, which makes a new one.",
        1317 => $"Look for restarts, KILL statements and an event scheduler that is off on the server; then {Redrive}.",
        1041 or 1114 or 6094 => $"Enlarge the HeatWave cluster or unload tables that are not needed; then {Redrive}.",
        _ => HeatWaveErrors.Kind(number) switch
        {
            HeatWaveErrorKind.GrantMissing => $"Give the load's user the grants of infra/oci/heatwave.sql; then {Redrive}.",
            HeatWaveErrorKind.AccessDenied => $"Put the right user and password into the secret; then {Redrive}.",
            HeatWaveErrorKind.Statement => $"Look up error {number.ToString(CultureInfo.InvariantCulture)} in the MySQL error reference, repair its cause, and {Redrive}.",
            _ => $"Wait until the server answers again; then {Redrive}.",
        },
    };

    private static string Sentence(string text) => text.Length == 0 ? text : $"{char.ToUpperInvariant(text[0])}{text[1..]}.";

    [GeneratedRegex(@"\berror (\d{3,5})\b", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"\b\d+ rows but the export holds \d+", RegexOptions.CultureInvariant)]
    private static partial Regex Rows();
}
