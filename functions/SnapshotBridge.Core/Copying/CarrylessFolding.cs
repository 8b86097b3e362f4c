using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;

namespace SnapshotBridge.Copying;

/// <summary>
/// Shrinks a message to 16 bytes with the same reflected CRC, by multiplication without carries: 64 bytes at a time are
/// folded into four 128-bit registers, those into one. It serves every CRC of up to 64 bits; the constants are its own.
/// </summary>
internal static class CarrylessFolding
{
    /// <summary>What <see cref="Shrink"/> needs at least.</summary>
    public const int LeastBytes = 64;

    /// <summary>True where the processor multiplies without carries.</summary>
    public static bool IsSupported => BitConverter.IsLittleEndian && (Pclmulqdq.IsSupported || ArmAes.IsSupported);

    /// <summary>
    /// Folds all whole blocks of 16 bytes into <paramref name="last"/> and returns the rest. A register that is 0 at the
    /// beginning has, after these 16 bytes and the rest, the value that <paramref name="register"/> has after all.
    /// </summary>
    /// <param name="data">At least <see cref="LeastBytes"/>.</param>
    /// <param name="register">The CRC's register before the message.</param>
    /// <param name="by512">(x^(D+63), x^(D-1)) modulo the polynomial for a distance D of 512 bits, the top bit of each being x^0.</param>
    /// <param name="by128">The same for 128 bits.</param>
    /// <param name="last">Receives 16 bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ReadOnlySpan<byte> Shrink(
        ReadOnlySpan<byte> data, ulong register, Vector128<ulong> by512, Vector128<ulong> by128, Span<byte> last)
    {
        var blocks = MemoryMarshal.Cast<byte, Vector128<ulong>>(data);
        var a = blocks[0] ^ Vector128.CreateScalar(register);
        var b = blocks[1];
        var c = blocks[2];
        var d = blocks[3];
        var next = 4;
        for (; next + 4 <= blocks.Length; next += 4)
        {
            a = Fold(a, by512) ^ blocks[next];
            b = Fold(b, by512) ^ blocks[next + 1];
            c = Fold(c, by512) ^ blocks[next + 2];
            d = Fold(d, by512) ^ blocks[next + 3];
        }

        b ^= Fold(a, by128);
        c ^= Fold(b, by128);
        d ^= Fold(c, by128);
        for (; next < blocks.Length; next++)
        {
            d = Fold(d, by128) ^ blocks[next];
        }

        MemoryMarshal.Write(last, d);
        return data[(blocks.Length * 16)..];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Fold(Vector128<ulong> value, Vector128<ulong> factors) =>
        Pclmulqdq.IsSupported
            ? Pclmulqdq.CarrylessMultiply(value, factors, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, factors, 0x11)
            : ArmAes.PolynomialMultiplyWideningLower(value.GetLower(), factors.GetLower())
                ^ ArmAes.PolynomialMultiplyWideningUpper(value, factors);
}
