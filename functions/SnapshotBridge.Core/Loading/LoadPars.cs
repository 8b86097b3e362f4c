using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using SnapshotBridge.Errors;

namespace SnapshotBridge.Loading;

/// <summary>
/// The life of the PARs of one export. One is created whenever calls are to be started and the address of the last one is
/// gone, which is after every restart: it is shown once and kept nowhere. Those that verified tables were loaded through
/// stay until they expire, because HeatWave reads Object Storage again after some restarts; all others are removed.
/// </summary>
internal sealed class LoadPars(IPreauthenticatedRequests requests, TimeProvider time, ILogger log)
{
    private const int ParallelListings = 8;

    private static string Family(string exportTaskId) => $"snapshotbridge.{exportTaskId}.";

    public static string NameOf(LoadInput input, int attempt, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{Family(input.ExportTaskId)}{input.ExecutionName}.{attempt}.{number}");

    /// <summary>
    /// Creates a PAR for the run's folder and lists every table through it, as HeatWave will.
    /// </summary>
    /// <returns>The PAR, and what is wrong with the files of single tables.</returns>
    /// <exception cref="ParListingEmptyException">No table's files can be seen as they were copied: the folder looks empty through the PAR.</exception>
    /// <exception cref="ParListingDiffersException">No table's files can be seen as they were copied: there are others.</exception>
    public async Task<(LoadPar Par, IReadOnlyDictionary<int, string> Findings)> CreateAsync(string name, CopiedExport export, IReadOnlyCollection<int> tables, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var expires = time.GetUtcNow() + lifetime;
        var par = await requests.CreateAsync(name, export.Plan.DestinationPrefix, expires, cancellationToken);
        IReadOnlyDictionary<int, string> findings;
        try
        {
            findings = Usable(await ListAllAsync(par, export, tables, cancellationToken), tables);
        }
        catch (BridgeException)
        {
            await RetireAsync(export.Plan.ExportTaskId, found => found != name, cancellationToken);
            throw;
        }

        LoadLog.ParCreated(log, name, expires, tables.Count);
        return (par, findings);
    }

    /// <summary>What is wrong with the files of single tables, as a PAR that is known to show others lists them.</summary>
    public async Task<IReadOnlyDictionary<int, string>> ListAsync(LoadPar par, CopiedExport export, IReadOnlyCollection<int> tables, CancellationToken cancellationToken) =>
        Texts(await ListAllAsync(par, export, tables, cancellationToken));

    /// <summary>Removes the export's PARs that nobody needs. What cannot be removed is logged: it expires by itself, and the data is loaded.</summary>
    public async Task RetireAsync(string exportTaskId, Func<string, bool> isNeeded, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var found in await requests.FindAsync(Family(exportTaskId), cancellationToken))
            {
                if (!isNeeded(found.Name))
                {
                    await requests.DeleteAsync(found.Id, cancellationToken);
                    LoadLog.ParRemoved(log, found.Name);
                }
            }
        }
        catch (BridgeException exception)
        {
            LoadLog.ParNotRemoved(log, SecretMask.Mask(exception.Message));
        }
    }

    /// <summary>Where every table's listing is wrong, it is not the tables'.</summary>
    private static Dictionary<int, string> Usable(IReadOnlyDictionary<int, BridgeException> findings, IReadOnlyCollection<int> tables) =>
        findings.Count > 0 && findings.Count == tables.Count ? throw findings.MinBy(finding => finding.Key).Value : Texts(findings);

    private static Dictionary<int, string> Texts(IReadOnlyDictionary<int, BridgeException> findings) => findings.ToDictionary(finding => finding.Key, finding => finding.Value.Message);

    private async Task<IReadOnlyDictionary<int, BridgeException>> ListAllAsync(LoadPar par, CopiedExport export, IReadOnlyCollection<int> tables, CancellationToken cancellationToken)
    {
        var findings = new ConcurrentDictionary<int, BridgeException>();
        await Parallel.ForEachAsync(
            tables,
            new ParallelOptions { MaxDegreeOfParallelism = ParallelListings, CancellationToken = cancellationToken },
            async (table, token) =>
            {
                var prefix = export.Plan.Tables[table].DestinationPrefix;
                var listing = await requests.ListThroughAsync(par, prefix, token);
                if (listing.Count == 0)
                {
                    findings[table] = new ParListingEmptyException(prefix, $"{export.Plan.Tables[table].Objects} objects were copied");
                }
                else if (CompletenessGate.CompareListing(export, [table], listing) is { Count: > 0 } differences)
                {
                    findings[table] = new ParListingDiffersException(prefix, Few.Of([.. differences]));
                }
            });
        return findings;
    }
}
