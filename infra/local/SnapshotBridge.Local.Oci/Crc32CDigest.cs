using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace SnapshotBridge.Local.Oci;

/// <summary>CRC32C of its own, straight from the processor's step: the endpoint must not share the arithmetic that it checks.</summary>
internal struct Crc32CDigest
{
    private uint _register = uint.MaxValue;

    public Crc32CDigest()
    {
    }

    public readonly string Base64
    {
        get
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, ~_register);
            return Convert.ToBase64String(bytes);
        }
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        var register = _register;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(data))
        {
            register = BitOperations.Crc32C(register, word);
        }

        foreach (var b in data[(data.Length & ~7)..])
        {
            register = BitOperations.Crc32C(register, b);
        }

        _register = register;
    }
}
