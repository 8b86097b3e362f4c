namespace SnapshotBridge.Local.Parquet;

/// <summary>The distinct values of one column in one row group, and each value's place among them.</summary>
internal sealed class ColumnDictionary
{
    private ColumnDictionary(byte[] plain, int entries, int[] indices)
    {
        Plain = plain;
        Entries = entries;
        Indices = indices;
    }

    /// <summary>The distinct values in PLAIN encoding.</summary>
    public byte[] Plain { get; }

    public int Entries { get; }

    /// <summary>One index per value that is not NULL.</summary>
    public int[] Indices { get; }

    /// <summary>The dictionary, or null where the values are too many or too different for one to pay.</summary>
    public static ColumnDictionary? TryBuild(ColumnWriter column, int maximumEntries)
    {
        if (column.Values == 0)
        {
            return null;
        }

        // Half as many distinct values as values: indices and dictionary would be no smaller than the values.
        var limit = Math.Min(maximumEntries, Math.Max(1, column.Values / 2));
        var indices = new int[column.Values];
        var positions = new Dictionary<byte[], int>(BytesComparer.Instance);
        var plain = new MemoryStream();
        var lookup = positions.GetAlternateLookup<ReadOnlySpan<byte>>();
        for (var i = 0; i < column.Values; i++)
        {
            var value = column.PlainValue(i);
            if (!lookup.TryGetValue(value, out var position))
            {
                position = positions.Count;
                if (position == limit)
                {
                    return null;
                }

                lookup[value] = position;
                plain.Write(value);
            }

            indices[i] = position;
        }

        return new ColumnDictionary(plain.ToArray(), positions.Count, indices);
    }

    /// <summary>Compares runs of bytes, so that a value is looked up without a copy of it.</summary>
    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static BytesComparer Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }
    }
}
