using System.Text;
using System.Text.RegularExpressions;
using SnapshotBridge.Local.Aws.Protocols;

namespace SnapshotBridge.Local.Aws.Rds;

/// <summary>The rules for what StartExportTask is given that need no knowledge of the account.</summary>
internal static partial class ExportRequest
{
    /// <summary>Undocumented; every known tool truncates here.</summary>
    private const int MaxIdentifierLength = 60;

    /// <summary>200 KB (API reference, ExportOnly).</summary>
    private const int MaxScopeBytes = 200_000;

    /// <exception cref="AwsServiceException">InvalidParameterValue.</exception>
    public static void CheckIdentifier(string identifier)
    {
        if (identifier.Length <= MaxIdentifierLength && Identifier().IsMatch(identifier))
            return;
        throw new AwsServiceException("InvalidParameterValue",
            "The parameter ExportTaskIdentifier is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; "
            + "must not be longer than 60 characters; and must not end with a hyphen or contain two consecutive hyphens.");
    }

    /// <exception cref="AwsServiceException">InvalidParameterValue.</exception>
    public static void CheckPrefix(string prefix)
    {
        if (prefix.Contains(':', StringComparison.Ordinal))
            throw new AwsServiceException("InvalidParameterValue", "The S3Prefix must not contain a colon (:).");
    }

    /// <exception cref="AwsServiceException">InvalidExportOnly.</exception>
    public static void CheckScope(IReadOnlyList<string> exportOnly, string engine)
    {
        var levels = engine.Contains("postgres", StringComparison.OrdinalIgnoreCase) ? 3 : 2;
        foreach (var entry in exportOnly)
        {
            var names = entry.Split('.');
            if (names.Length > levels || !names.All(name => Name().IsMatch(name)))
            {
                throw new AwsServiceException("InvalidExportOnly",
                    $"The export only value '{entry}' is invalid. Valid are {(levels == 3 ? "database, database.schema and database.schema.table" : "database and database.table")} of letters, digits, $ and _.");
            }
        }

        if (exportOnly.Sum(Encoding.UTF8.GetByteCount) > MaxScopeBytes)
            throw new AwsServiceException("InvalidExportOnly", "The list of databases, schemas and tables is longer than 200 KB.");
    }

    [GeneratedRegex(@"\A[A-Za-z](-?[A-Za-z0-9])*\z")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"\A[A-Za-z0-9$_]+\z")]
    private static partial Regex Name();
}
