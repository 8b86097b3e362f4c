using System.Buffers.Binary;

namespace SnapshotBridge.Local.Databases.HeatWave.Front;

/// <summary>The four bytes before every packet of the MySQL protocol: three of length, one sequence number.</summary>
internal readonly record struct PacketHeader(int Length, byte Sequence)
{
    public const int Bytes = 4;

    /// <summary>A packet of this length is continued by the next one; a command can so be longer than 16 MiB.</summary>
    public const int LongestPayload = 0xFFFFFF;

    public static PacketHeader Read(ReadOnlySpan<byte> bytes) => new(bytes[0] | (bytes[1] << 8) | (bytes[2] << 16), bytes[3]);

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Length);
        bytes[3] = Sequence;
    }
}

/// <summary>Reads and writes whole packets; never reads further than the packet that was asked for, because TLS may begin behind it.</summary>
internal static class Packets
{
    /// <returns>The header, or null where the other side has closed the connection between two packets.</returns>
    public static async Task<PacketHeader?> ReadHeaderAsync(Stream stream, CancellationToken cancellationToken)
    {
        var bytes = new byte[PacketHeader.Bytes];
        var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return read == bytes.Length ? PacketHeader.Read(bytes) : null;
    }

    public static async Task<byte[]> ReadPayloadAsync(Stream stream, PacketHeader header, CancellationToken cancellationToken)
    {
        var payload = new byte[header.Length];
        await stream.ReadExactlyAsync(payload, cancellationToken);
        return payload;
    }

    public static async Task WriteAsync(Stream stream, byte sequence, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        // One write per packet: a header alone would be a segment and a TLS record of its own.
        var packet = new byte[PacketHeader.Bytes + payload.Length];
        new PacketHeader(payload.Length, sequence).Write(packet);
        payload.Span.CopyTo(packet.AsSpan(PacketHeader.Bytes));
        await stream.WriteAsync(packet, cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    /// <summary>Hands a packet on without keeping it in memory.</summary>
    public static async Task PassAsync(Stream from, Stream to, PacketHeader header, CancellationToken cancellationToken)
    {
        var buffer = new byte[Math.Min(header.Length + PacketHeader.Bytes, 256 << 10)];
        header.Write(buffer);
        var filled = PacketHeader.Bytes;
        var left = header.Length;
        while (true)
        {
            var wanted = Math.Min(left, buffer.Length - filled);
            await from.ReadExactlyAsync(buffer.AsMemory(filled, wanted), cancellationToken);
            await to.WriteAsync(buffer.AsMemory(0, filled + wanted), cancellationToken);
            left -= wanted;
            filled = 0;
            if (left == 0)
            {
                await to.FlushAsync(cancellationToken);
                return;
            }
        }
    }
}
