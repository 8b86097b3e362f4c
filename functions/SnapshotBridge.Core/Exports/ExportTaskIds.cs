using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Exports;

/// <summary>
/// The identifiers of our export tasks. The same snapshot and scope give the same one, so that two runs meet. RDS wants a
/// letter first, letters, digits and hyphens, no double and no final hyphen (its error message), and at most 60 characters
/// (what its console and all known tools keep to).
/// </summary>
public static class ExportTaskIds
{
    public const int MaxLength = 60;

    // Room for "-" and an attempt of up to three digits.
    private const int MaxAttempt = 999;
    private const int HashLength = 10;

    /// <summary>The identifier of the first attempt.</summary>
    /// <param name="arn">The snapshot.</param>
    /// <param name="scope">What of it is exported.</param>
    /// <param name="executionName">The execution's name where the request wants an export of its own, else null.</param>
    public static string First(SnapshotArn arn, ExportScope scope, string? executionName)
    {
        ArgumentNullException.ThrowIfNull(arn);
        ArgumentNullException.ThrowIfNull(scope);
        // U+001F cannot occur in any of the three, so different inputs stay different.
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{arn}\u001f{scope.Normalised}\u001f{executionName}")))[..HashLength];
        return executionName is null
            ? $"{Sanitise(arn.Id, MaxLength - HashLength - 5)}-{hash}"
            : $"{Sanitise(arn.Id, 30)}-{Sanitise(executionName, 13)}-{hash}";
    }

    /// <summary>The identifier of attempt 2, 3, …: the first with a suffix.</summary>
    public static string Attempt(string first, int attempt)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(attempt, MaxAttempt);
        return attempt == 1 ? first : string.Create(CultureInfo.InvariantCulture, $"{first}-{attempt}");
    }

    /// <summary>Which attempt an identifier is, or 0 where it is not of this family.</summary>
    public static int AttemptOf(string first, string exportTaskId)
    {
        if (exportTaskId == first)
        {
            return 1;
        }

        return exportTaskId.StartsWith($"{first}-", StringComparison.Ordinal)
            && int.TryParse(exportTaskId.AsSpan(first.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var attempt)
            && attempt is > 1 and <= MaxAttempt
                ? attempt
                : 0;
    }

    private static string Sanitise(string text, int maxLength)
    {
        var result = new StringBuilder(maxLength);
        foreach (var character in text)
        {
            if (result.Length == maxLength)
            {
                break;
            }

            if (char.IsAsciiLetterOrDigit(character))
            {
                result.Append(char.ToLowerInvariant(character));
            }
            else if (result.Length > 0 && result[^1] != '-')
            {
                result.Append('-');
            }
        }

        var sanitised = result.ToString().Trim('-');
        return sanitised switch
        {
            "" => "x",
            _ when !char.IsAsciiLetter(sanitised[0]) => $"s{sanitised[..Math.Min(sanitised.Length, maxLength - 1)].TrimEnd('-')}",
            _ => sanitised,
        };
    }
}
