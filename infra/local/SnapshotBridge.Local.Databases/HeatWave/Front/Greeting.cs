using System.Buffers.Binary;
using System.Text;

namespace SnapshotBridge.Local.Databases.HeatWave.Front;

/// <summary>The packet with which a server begins a connection (protocol version 10), as the front hands it on.</summary>
internal static class Greeting
{
    private const uint LongPassword = 1;
    private const uint Compress = 1 << 5;
    private const uint Ssl = 1 << 11;
    private const uint ZstdCompression = 1 << 26;
    private const uint QueryAttributes = 1 << 27;

    /// <summary>Length of the packet with which a client asks for TLS, which carries nothing else.</summary>
    private const int SslRequestBytes = 32;

    /// <summary>A server that takes no more connections sends an error instead.</summary>
    public static bool Is(ReadOnlySpan<byte> payload) => payload.Length > 0 && payload[0] == 10;

    /// <summary>
    /// With HeatWave's version text, and without what would hide commands from the front: compression, and attributes that
    /// stand before a query's text. MariaDB says by a missing bit that it is not MySQL, and has a field of its own for it.
    /// </summary>
    public static byte[] Rewrite(ReadOnlySpan<byte> payload, string version, bool offersTls)
    {
        var end = payload.IndexOf((byte)0);
        byte[] rewritten = [10, .. Encoding.ASCII.GetBytes(version), .. payload[end..]];

        // Behind the version's zero: connection id (4), scramble (8), a zero, lower capabilities (2), character set, status (2), upper capabilities (2).
        var fields = rewritten.AsSpan(version.Length + 2);
        var lower = fields.Slice(13, 2);
        var upper = fields.Slice(18, 2);
        var offered = BinaryPrimitives.ReadUInt16LittleEndian(lower) | ((uint)BinaryPrimitives.ReadUInt16LittleEndian(upper) << 16);
        var passed = (offered | LongPassword) & ~(Compress | ZstdCompression | QueryAttributes | (offersTls ? 0 : Ssl));
        BinaryPrimitives.WriteUInt16LittleEndian(lower, (ushort)passed);
        BinaryPrimitives.WriteUInt16LittleEndian(upper, (ushort)(passed >> 16));

        // Length of the authentication data (1), then ten bytes that MySQL leaves zero.
        fields.Slice(21, 10).Clear();
        return rewritten;
    }

    /// <summary>The connection's number on the server.</summary>
    public static uint ConnectionId(ReadOnlySpan<byte> payload) => BinaryPrimitives.ReadUInt32LittleEndian(payload[(payload.IndexOf((byte)0) + 1)..]);

    /// <summary>Whether a client's first packet asks for TLS.</summary>
    public static bool AsksForTls(ReadOnlySpan<byte> payload) =>
        payload.Length == SslRequestBytes && (BinaryPrimitives.ReadUInt32LittleEndian(payload) & Ssl) != 0;
}
