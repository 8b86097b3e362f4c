using SnapshotBridge.Copying;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Loading;

/// <summary>
/// Whether the destination holds exactly what the export held: nothing is loaded before. An object whose ETag is the one
/// that CopyTable saw after it had compared the checksums is that very object, so the listing carries the proof over.
/// A listing in the order of the names, as Object Storage gives it, is compared on the way past and never held; what is
/// not where the order would have it is put aside and looked for at the end, so that the order is a matter of memory only.
/// </summary>
public sealed class CompletenessGate : IDisposable
{
    private readonly CopiedExport _export;
    private readonly IReadOnlyCollection<int> _tables;
    private readonly Dictionary<string, int> _folders = new(StringComparer.Ordinal);
    private readonly HashSet<int> _begun = [];
    private readonly Dictionary<string, ProvenObject> _expected = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SinkListing> _strangers = new(StringComparer.Ordinal);
    private readonly List<string> _problems = [];
    private IEnumerator<ProvenObject>? _next;
    private int _table = -1;

    private CompletenessGate(CopiedExport export, IReadOnlyCollection<int> tables)
    {
        _export = export;
        _tables = tables;
        foreach (var table in tables)
        {
            _folders[export.Plan.Tables[table].DestinationPrefix] = table;
        }
    }

    /// <summary>
    /// Differences between what was proved of some tables and what a listing shows: missing objects, other sizes, other
    /// ETags, and objects below a table's folder that nobody copied, which HeatWave would load as well.
    /// </summary>
    public static async Task<IReadOnlyList<string>> CompareListingAsync(
        CopiedExport export, IReadOnlyCollection<int> tables, IAsyncEnumerable<SinkListing> listing, CancellationToken cancellationToken)
    {
        using var gate = new CompletenessGate(export, tables);
        await foreach (var item in listing.WithCancellation(cancellationToken))
        {
            gate.Take(item);
        }

        return gate.Finish();
    }

    /// <inheritdoc cref="CompareListingAsync"/>
    public static IReadOnlyList<string> CompareListing(CopiedExport export, IReadOnlyCollection<int> tables, IEnumerable<SinkListing> listing)
    {
        using var gate = new CompletenessGate(export, tables);
        foreach (var item in listing)
        {
            gate.Take(item);
        }

        return gate.Finish();
    }

    public void Dispose() => _next?.Dispose();

    private void Take(SinkListing item)
    {
        if (TableOf(item.Name) is not { } table)
        {
            return;
        }

        if (table != _table)
        {
            Leave();
            _table = table;
            _next = _begun.Add(table) ? Start(table) : null;
        }

        while (_next is not null && KeyOrder.Instance.Compare(_next.Current.DestinationName, item.Name) < 0)
        {
            _expected[_next.Current.DestinationName] = _next.Current;
            Advance();
        }

        if (_next is not null && _next.Current.DestinationName == item.Name)
        {
            Compare(_next.Current, item);
            Advance();
        }
        else
        {
            _strangers[item.Name] = item;
        }
    }

    private IReadOnlyList<string> Finish()
    {
        Leave();
        foreach (var table in _tables.Where(table => !_begun.Contains(table)))
        {
            _next = Start(table);
            Leave();
        }

        foreach (var name in _strangers.Keys.Where(_expected.ContainsKey).ToList())
        {
            Compare(_expected[name], _strangers[name]);
            _expected.Remove(name);
            _strangers.Remove(name);
        }

        return
        [
            .. _expected.Keys.Order(KeyOrder.Instance).Select(name => $"{name} is missing"),
            .. _problems,
            .. _strangers.Keys.Order(KeyOrder.Instance).Select(name => $"{name} is not part of the export"),
        ];
    }

    private void Compare(ProvenObject expected, SinkListing there)
    {
        if (there.SizeBytes != expected.SizeBytes)
        {
            _problems.Add($"{expected.DestinationName} has {there.SizeBytes} bytes instead of {expected.SizeBytes}");
        }
        else if (there.ETag.Trim('"') != expected.DestinationETag.Trim('"'))
        {
            _problems.Add($"{expected.DestinationName} was replaced after its copy (ETag {there.ETag} instead of {expected.DestinationETag})");
        }
    }

    private IEnumerator<ProvenObject>? Start(int table)
    {
        var objects = _export.ObjectsOf(table).GetEnumerator();
        if (objects.MoveNext())
        {
            return objects;
        }

        objects.Dispose();
        return null;
    }

    private void Advance()
    {
        if (!_next!.MoveNext())
        {
            _next.Dispose();
            _next = null;
        }
    }

    /// <summary>What the listing has not shown of the present table may still come, if it is in another order.</summary>
    private void Leave()
    {
        while (_next is not null)
        {
            _expected[_next.Current.DestinationName] = _next.Current;
            Advance();
        }
    }

    /// <summary>Cuts the name at each slash: thousands of tables cost no more than the depth of one name.</summary>
    private int? TableOf(string name)
    {
        if (_table >= 0 && name.StartsWith(_export.Plan.Tables[_table].DestinationPrefix, StringComparison.Ordinal))
        {
            return _table;
        }

        for (var slash = name.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = name.IndexOf('/', slash + 1))
        {
            if (_folders.TryGetValue(name[..(slash + 1)], out var table))
            {
                return table;
            }
        }

        return null;
    }
}
