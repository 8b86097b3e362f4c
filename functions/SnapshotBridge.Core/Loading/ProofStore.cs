using System.Globalization;
using SnapshotBridge.Copying;
using SnapshotBridge.Planning;

namespace SnapshotBridge.Loading;

/// <summary>
/// The proofs of all objects in little room: a million of them as objects, each with its list of columns, would not fit into
/// the function. Here one takes about 180 bytes, and columns and reasons, of which there are few, are kept once.
/// </summary>
internal sealed class ProofStore(IReadOnlyList<PlannedTable> tables)
{
    private readonly ObjectStore _store = new();
    private readonly List<Run>[] _runs = new List<Run>[tables.Count];
    private readonly Interned<IReadOnlyList<string>> _columns = new(columns => string.Join('\0', columns));
    private readonly Interned<string> _reasons = new(reason => reason);
    private readonly List<string> _problems = [];

    /// <summary>Proofs that fit no table of the plan.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Takes the proofs of one batch, in any order of batches. Not to be called by several threads at a time.</summary>
    public void Add(IEnumerable<CopiedObject> proofs)
    {
        var table = -1;
        foreach (var proof in proofs)
        {
            if (proof.Table < 0 || proof.Table >= tables.Count)
            {
                _problems.Add($"{proof.DestinationName} belongs to no table of the plan");
                continue;
            }

            var prefix = tables[proof.Table].DestinationPrefix;
            if (!proof.DestinationName.StartsWith(prefix, StringComparison.Ordinal))
            {
                _problems.Add($"{proof.DestinationName} does not stand below {prefix}");
                continue;
            }

            var runs = _runs[proof.Table] ??= [];
            if (proof.Table != table)
            {
                runs.Add(new Run(proof.DestinationName, _store.End, 0));
                table = proof.Table;
            }

            _store.Add(proof.DestinationName.AsSpan(prefix.Length), proof.SizeBytes, Text(proof));
            runs[^1] = runs[^1] with { Count = runs[^1].Count + 1 };
        }
    }

    /// <summary>
    /// Brings each table's proofs into the order of their names. The proof of an object that was copied in slices may stand in
    /// several batches: where two of them finished at the same moment, and where one came again after the object was complete.
    /// Proofs that say otherwise stay, and are named.
    /// </summary>
    public void Complete()
    {
        for (var table = 0; table < tables.Count; table++)
        {
            var runs = _runs[table] ??= [];
            runs.Sort((left, right) => KeyOrder.Instance.Compare(left.First, right.First));
            if (!IsInOrder(table))
            {
                Rearrange(table);
            }
        }
    }

    /// <summary>A table's proofs in the order of their names.</summary>
    public IEnumerable<ProvenObject> Of(int table)
    {
        foreach (var run in _runs[table])
        {
            var reader = _store.ReadFrom(run.Start);
            for (var count = 0; count < run.Count; count++)
            {
                reader.MoveNext();
                yield return Parse(tables[table].DestinationPrefix, reader.Name, reader.SizeBytes, reader.ETag);
            }
        }
    }

    private bool IsInOrder(int table)
    {
        string? previous = null;
        foreach (var run in _runs[table])
        {
            var reader = _store.ReadFrom(run.Start);
            for (var count = 0; count < run.Count; count++)
            {
                reader.MoveNext();
                var name = reader.Name;
                if (previous is not null && KeyOrder.Instance.Compare(previous, name) >= 0)
                {
                    return false;
                }

                previous = name;
            }
        }

        return true;
    }

    private void Rearrange(int table)
    {
        var sorted = new List<(string Name, long SizeBytes, string Text)>();
        foreach (var run in _runs[table])
        {
            var reader = _store.ReadFrom(run.Start);
            for (var count = 0; count < run.Count; count++)
            {
                reader.MoveNext();
                sorted.Add((reader.Name, reader.SizeBytes, reader.ETag));
            }
        }

        var prefix = tables[table].DestinationPrefix;
        var (start, kept) = (_store.End, 0);
        foreach (var same in sorted.GroupBy(item => item.Name, StringComparer.Ordinal).OrderBy(group => group.Key, KeyOrder.Instance))
        {
            var versions = same.Distinct().Count();
            if (versions > 1)
            {
                _problems.Add($"{prefix}{same.Key} is proved {versions} times, and differently");
            }

            _store.Add(same.Key, same.First().SizeBytes, same.First().Text);
            kept++;
        }

        _runs[table] = [new Run(prefix, start, kept)];
    }

    // What the key order does not need, as one text: the fields themselves hold no line break.
    private string Text(CopiedObject proof) => string.Create(
        CultureInfo.InvariantCulture,
        $"{proof.DestinationETag}\n{proof.Crc32C}\n{proof.Crc64Nvme}\n{proof.Rows}\n{(int)proof.Evidence}\n{(proof.EvidenceReason is { } reason ? _reasons.Id(reason) : -1)}\n{_columns.Id(proof.Columns)}");

    private ProvenObject Parse(string prefix, string name, long sizeBytes, string text)
    {
        var fields = text.Split('\n');
        var reason = int.Parse(fields[5], CultureInfo.InvariantCulture);
        return new ProvenObject(
            prefix + name,
            sizeBytes,
            long.Parse(fields[3], CultureInfo.InvariantCulture),
            fields[1],
            fields[2],
            fields[0],
            (CopyEvidence)int.Parse(fields[4], CultureInfo.InvariantCulture),
            reason < 0 ? null : _reasons[reason],
            _columns[int.Parse(fields[6], CultureInfo.InvariantCulture)]);
    }

    private readonly record struct Run(string First, ObjectStore.Position Start, int Count);

    private sealed class Interned<T>(Func<T, string> keyOf)
    {
        private readonly List<T> _values = [];
        private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

        public T this[int id] => _values[id];

        public int Id(T value)
        {
            var key = keyOf(value);
            if (!_ids.TryGetValue(key, out var id))
            {
                _ids.Add(key, id = _values.Count);
                _values.Add(value);
            }

            return id;
        }
    }
}
