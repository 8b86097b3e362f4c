using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;

namespace SnapshotBridge.Copying;

/// <summary>
/// Shrinks a message to 16 bytes with the same reflected CRC, by multiplication without carries: 64 bytes at a time are
/// folded into four 128-bit registers, those into one; 256 bytes at a time where the processor has registers of 512 bits.
/// It serves every CRC of up to 64 bits; the constants are its own.
/// </summary>
internal static class CarrylessFolding
{
    /// <summary>What <see cref="Shrink"/> needs at least.</summary>
    public const int LeastBytes = 64;

    /// <summary>What the wide way folds at a time.</summary>
    internal const int WideBytes = 256;

    /// <summary>True where the processor multiplies without carries.</summary>
    public static bool IsSupported => BitConverter.IsLittleEndian && (Pclmulqdq.IsSupported || ArmAes.IsSupported);

    /// <summary>True where it does so in registers of 512 bits, four products at a time.</summary>
    public static bool IsWide => BitConverter.IsLittleEndian && Pclmulqdq.V512.IsSupported && Vector512.IsHardwareAccelerated;

    /// <summary>
    /// Folds all whole blocks of 16 bytes into <paramref name="last"/> and returns the rest. A register that is 0 at the
    /// beginning has, after these 16 bytes and the rest, the value that <paramref name="register"/> has after all.
    /// </summary>
    /// <param name="data">At least <see cref="LeastBytes"/>.</param>
    /// <param name="register">The CRC's register before the message.</param>
    /// <param name="factors">The CRC's constants.</param>
    /// <param name="last">Receives 16 bytes.</param>
    public static ReadOnlySpan<byte> Shrink(ReadOnlySpan<byte> data, ulong register, in FoldingFactors factors, Span<byte> last) =>
        IsWide && data.Length >= 2 * WideBytes ? ShrinkWide(data, register, factors, last) : ShrinkNarrow(data, register, factors, last);

    /// <summary>Needs <see cref="IsWide"/> and at least twice <see cref="WideBytes"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static ReadOnlySpan<byte> ShrinkWide(ReadOnlySpan<byte> data, ulong register, in FoldingFactors factors, Span<byte> last)
    {
        var blocks = MemoryMarshal.Cast<byte, Vector512<ulong>>(data);
        var by2048 = Vector512.Create(Vector256.Create(factors.By2048, factors.By2048), Vector256.Create(factors.By2048, factors.By2048));
        var by512 = Vector512.Create(Vector256.Create(factors.By512, factors.By512), Vector256.Create(factors.By512, factors.By512));
        var a = blocks[0] ^ Vector512.CreateScalar(register);
        var b = blocks[1];
        var c = blocks[2];
        var d = blocks[3];
        var next = 4;
        for (; next + 4 <= blocks.Length; next += 4)
        {
            a = Fold(a, by2048) ^ blocks[next];
            b = Fold(b, by2048) ^ blocks[next + 1];
            c = Fold(c, by2048) ^ blocks[next + 2];
            d = Fold(d, by2048) ^ blocks[next + 3];
        }

        b ^= Fold(a, by512);
        c ^= Fold(b, by512);
        d ^= Fold(c, by512);
        for (; next < blocks.Length; next++)
        {
            d = Fold(d, by512) ^ blocks[next];
        }

        return Finish(
            data[(blocks.Length * 64)..], d.GetLower().GetLower(), d.GetLower().GetUpper(), d.GetUpper().GetLower(), d.GetUpper().GetUpper(), factors.By128, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static ReadOnlySpan<byte> ShrinkNarrow(ReadOnlySpan<byte> data, ulong register, in FoldingFactors factors, Span<byte> last)
    {
        var blocks = MemoryMarshal.Cast<byte, Vector128<ulong>>(data);
        var by512 = factors.By512;
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

        return Finish(data[(next * 16)..], a, b, c, d, factors.By128, last);
    }

    /// <summary>Four neighbouring registers and what follows them.</summary>
    private static ReadOnlySpan<byte> Finish(
        ReadOnlySpan<byte> data, Vector128<ulong> a, Vector128<ulong> b, Vector128<ulong> c, Vector128<ulong> d, Vector128<ulong> by128, Span<byte> last)
    {
        b ^= Fold(a, by128);
        c ^= Fold(b, by128);
        d ^= Fold(c, by128);
        var blocks = MemoryMarshal.Cast<byte, Vector128<ulong>>(data);
        foreach (var block in blocks)
        {
            d = Fold(d, by128) ^ block;
        }

        MemoryMarshal.Write(last, d);
        return data[(blocks.Length * 16)..];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Fold(Vector512<ulong> value, Vector512<ulong> factors) =>
        Pclmulqdq.V512.CarrylessMultiply(value, factors, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(value, factors, 0x11);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Fold(Vector128<ulong> value, Vector128<ulong> factors) =>
        Pclmulqdq.IsSupported
            ? Pclmulqdq.CarrylessMultiply(value, factors, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, factors, 0x11)
            : ArmAes.PolynomialMultiplyWideningLower(value.GetLower(), factors.GetLower())
                ^ ArmAes.PolynomialMultiplyWideningUpper(value, factors);
}

/// <summary>
/// A CRC's constants: (x^(D+63), x^(D-1)) modulo the polynomial for each distance D in bits that is folded over, the top
/// bit of each being x^0.
/// </summary>
internal readonly record struct FoldingFactors(Vector128<ulong> By2048, Vector128<ulong> By512, Vector128<ulong> By128)
{
    /// <param name="bitPower">x to the power of so many bits modulo the polynomial, in 64 bits of which the top is x^0.</param>
    public static FoldingFactors Of(Func<int, ulong> bitPower)
    {
        Vector128<ulong> For(int distance) => Vector128.Create(bitPower(distance + 63), bitPower(distance - 1));
        return new FoldingFactors(For(2048), For(512), For(128));
    }
}
