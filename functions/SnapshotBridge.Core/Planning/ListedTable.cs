namespace SnapshotBridge.Planning;

/// <summary>One table's folder as the listing showed it.</summary>
internal sealed class ListedTable(ExportPath path, string folder, ObjectStore store)
{
    public ExportPath Path { get; } = path;

    /// <summary>The folder below the export's: <c>db/schema.table/</c>.</summary>
    public string Folder { get; } = folder;

    /// <summary>Where the first object stands.</summary>
    public ObjectStore.Position Start { get; } = store.End;

    public int Objects { get; private set; }

    public long Bytes { get; private set; }

    public void Add(ReadOnlySpan<char> name, long sizeBytes, string eTag)
    {
        store.Add(name, sizeBytes, eTag);
        Objects++;
        Bytes += sizeBytes;
    }

    /// <summary>All objects, in the order of the listing.</summary>
    public ObjectStore.Reader Read() => store.ReadFrom(Start);

    public ObjectStore.Reader ReadFrom(ObjectStore.Position position) => store.ReadFrom(position);
}
