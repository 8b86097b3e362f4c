using System.Globalization;

namespace SnapshotBridge.Loading.Publishing;

/// <summary>Drops the versions that nobody needs any more: only schemas that we created, and only while everything in them is ours.</summary>
internal sealed class VersionDrop(IHeatWaveSession session, LoadLedger loads, PublishLedger ledger, ServerProbe probe, LoadSettings settings)
{
    private readonly LoadQueue _queue = new(session);

    /// <param name="publicSchema">The schema whose versions are looked through.</param>
    /// <param name="current">The version that is served now; null where tables stand in the public schema itself.</param>
    /// <param name="keep">How many versions stay that were served before.</param>
    /// <param name="remaining">How much time the invocation has left.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    /// <returns>What was dropped, and what stayed and why.</returns>
    public async Task<(IReadOnlyList<string> Dropped, IReadOnlyList<KeptVersion> Kept)> SweepAsync(
        string publicSchema, string? current, int keep, Func<TimeSpan> remaining, CancellationToken cancellationToken)
    {
        // The ledger spells a version as it did the first time.
        var versions = (await ledger.VersionsAsync(publicSchema, cancellationToken)).Where(version => !probe.Names.Equals(version.Schema, current)).ToList();
        if (versions.Count == 0)
        {
            return ([], []);
        }

        var read = new HashSet<string>(StringComparer.Ordinal);
        foreach (var version in versions)
        {
            if (await ledger.ReaderOfAsync(version.Schema, cancellationToken) is not null)
            {
                read.Add(version.Schema);
            }
        }

        var (drop, kept) = VersionSweep.Choose(versions, current, read, await LoadingAsync(cancellationToken), keep, settings.OthersPatience);
        await SchemaSwitch.ShortenWaitsAsync(session, cancellationToken);
        var stays = kept.ToList();
        var dropped = new List<string>();
        foreach (var version in drop)
        {
            var reason = remaining() < settings.Reserve ? "there was no time left to drop it; the next run does" : await DropAsync(version.Schema, cancellationToken);
            if (reason is null)
            {
                dropped.Add(version.Schema);
            }
            else
            {
                stays.Add(new KeptVersion(version.Schema, reason));
            }
        }

        return (dropped, stays);
    }

    /// <summary>The schemas that runs are loading into.</summary>
    private async Task<IReadOnlySet<string>> LoadingAsync(CancellationToken cancellationToken)
    {
        var loading = new HashSet<string>(probe.Names);
        foreach (var run in (await _queue.ActiveAsync(cancellationToken)).GroupBy(load => load.RunId, StringComparer.Ordinal))
        {
            if (run.Any(load => load.Quiet < settings.OthersPatience)
                || (await _queue.WorkersAsync(run.Key, cancellationToken)).Any(worker => worker.IsAlive(settings.EventStart)))
            {
                loading.UnionWith(run.Select(load => load.Schema));
            }
        }

        return loading;
    }

    /// <returns>Why it stays; null where it is gone.</returns>
    private async Task<string?> DropAsync(string version, CancellationToken cancellationToken)
    {
        var marks = (await loads.MarksAsync([version], cancellationToken)).ToDictionary(mark => mark.Table, probe.Names);
        var foreign = (await loads.ExistingAsync([version], cancellationToken))
            .Where(table => !Ownership.IsOurs(table, marks.GetValueOrDefault(table.Table)))
            .Select(table => table.Table)
            .ToList();
        if (foreign.Count > 0)
        {
            return $"it holds {Few.Of(foreign, 3)}, which SnapshotBridge did not create";
        }

        try
        {
            await session.ExecuteAsync(new Sql($"DROP DATABASE IF EXISTS {SqlText.Identifier(version)}"), $"drop the version {version}", cancellationToken);
        }
        catch (HeatWaveStatementException exception) when (SchemaSwitch.IsHeld(exception))
        {
            return "queries that began before the switch still read it; the next run drops it";
        }
        catch (HeatWaveStatementException exception)
        {
            return string.Create(CultureInfo.InvariantCulture, $"the server refused to drop it with error {exception.Number}: {exception.ServerMessage}");
        }

        await ledger.ForgetVersionAsync(version, cancellationToken);
        return null;
    }
}
