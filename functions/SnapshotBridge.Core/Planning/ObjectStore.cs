using System.Buffers.Binary;
using System.Text;

namespace SnapshotBridge.Planning;

/// <summary>
/// Listed objects as bytes instead of as objects: a million of them must fit into a small function beside everything else.
/// One takes about 110 bytes: its key below the table's folder, its ETag and its size. Written and read in order only.
/// </summary>
internal sealed class ObjectStore
{
    // S3 keys have at most 1,024 bytes; an ETag has 34, and this much has never been seen.
    private const int LongestRecord = 8 + (2 * 2) + 1024 + 1024;
    private const int ChunkBytes = 1 << 18;

    private readonly List<byte[]> _chunks = [];
    private int _used = ChunkBytes;

    /// <summary>Where the next object will stand.</summary>
    public Position End => _used + LongestRecord > ChunkBytes ? new Position(_chunks.Count, 0) : new Position(_chunks.Count - 1, _used);

    /// <summary>Takes one object. <paramref name="name"/> is its key without what all objects of its table share; in place of the ETag any text may be kept.</summary>
    public void Add(ReadOnlySpan<char> name, long sizeBytes, string eTag)
    {
        var (nameBytes, eTagBytes) = (Encoding.UTF8.GetByteCount(name), Encoding.UTF8.GetByteCount(eTag));
        if (nameBytes > 1024 || eTagBytes > 1024)
        {
            throw new ArgumentException($"A key of {nameBytes} bytes or an ETag of {eTagBytes} is longer than S3 has them.", nameof(name));
        }

        if (_used + LongestRecord > ChunkBytes)
        {
            _chunks.Add(new byte[ChunkBytes]);
            _used = 0;
        }

        var room = _chunks[^1].AsSpan(_used);
        BinaryPrimitives.WriteInt64LittleEndian(room, sizeBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(room[8..], (ushort)nameBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(room[10..], (ushort)eTagBytes);
        Encoding.UTF8.GetBytes(name, room[12..]);
        Encoding.UTF8.GetBytes(eTag, room[(12 + nameBytes)..]);
        _used += 12 + nameBytes + eTagBytes;
    }

    public Reader ReadFrom(Position position) => new(this, position);

    /// <summary>A place between two objects.</summary>
    public readonly record struct Position(int Chunk, int Offset) : IComparable<Position>
    {
        public int CompareTo(Position other) => (Chunk, Offset).CompareTo((other.Chunk, other.Offset));
    }

    /// <summary>Reads objects one after the other. Nothing but the size is decoded until it is asked for.</summary>
    public struct Reader(ObjectStore store, Position position)
    {
        private byte[] _chunk = [];
        private int _record;
        private int _chunkIndex = position.Chunk;
        private int _next = position.Offset;

        /// <summary>Where the next object stands.</summary>
        public readonly Position Next => new(_chunkIndex, _next);

        public readonly long SizeBytes => BinaryPrimitives.ReadInt64LittleEndian(_chunk.AsSpan(_record));

        public readonly string Name => Encoding.UTF8.GetString(_chunk, _record + 12, NameBytes);

        public readonly string ETag => Encoding.UTF8.GetString(_chunk, _record + 12 + NameBytes, ETagBytes);

        /// <summary>The object as it is kept: the same bytes for the same name, size and ETag.</summary>
        public readonly ReadOnlySpan<byte> Raw => _chunk.AsSpan(_record, 12 + NameBytes + ETagBytes);

        private readonly int NameBytes => BinaryPrimitives.ReadUInt16LittleEndian(_chunk.AsSpan(_record + 8));

        private readonly int ETagBytes => BinaryPrimitives.ReadUInt16LittleEndian(_chunk.AsSpan(_record + 10));

        /// <summary>Goes to the next object. The caller knows how many there are.</summary>
        public void MoveNext()
        {
            // The same rule by which Add began a new chunk.
            if (_next + LongestRecord > ChunkBytes)
            {
                (_chunkIndex, _next) = (_chunkIndex + 1, 0);
            }

            _chunk = store._chunks[_chunkIndex];
            _record = _next;
            _next += Raw.Length;
        }
    }
}
