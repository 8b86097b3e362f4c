using System.Text;
using SnapshotBridge.Copying;
using Xunit;

namespace SnapshotBridge.Core.Tests.Copying;

/// <summary>Check values: CRC RevEng catalogue, RFC 3720 B.4, and bitwise computation for the long ones.</summary>
public sealed class ChecksumTests
{
    public static TheoryData<string, byte[], uint, ulong> CheckValues => new()
    {
        { "123456789", "123456789"u8.ToArray(), 0xE3069283, 0xAE8B14860A799888 },
        { "empty", [], 0, 0 },
        { "a", "a"u8.ToArray(), 0xC1D04330, 0x8C2F8445B4CBFC3C },
        { "12345", "12345"u8.ToArray(), 0x18D12335, 0x166AE2B7FF62CAF8 },
        { "6789", "6789"u8.ToArray(), 0xC27E5DB2, 0xE0D6368F42D00737 },
        { "00..1F", Ascending(32), 0x46DD794E, 0xB9D9D4A8492CBD7F },
        { "32 x 00", new byte[32], 0x8A9136AA, 0xCF3473434D4ECF3B },
        { "32 x FF", Ones(32), 0x62A8AB43, 0xA0A06974C34D63C4 },
        { "4,096 x 00", new byte[4096], 0x98F94189, 0x6482D367EB22B64E },
        { "4,096 x FF", Ones(4096), 0x25C1FE13, 0xC0DDBA7302ECA3AC },
        { "(00..FF) x 16", Ascending(4096), 0x9C71FE32, 0x3E729F5F6750449C },
        { "16 MiB x 00", new byte[16 << 20], 0xA3AB8542, 0x97CCC7BB38EA7A1A },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(CheckValues))]
    public void Compute_PublishedInput_GivesPublishedValue(string name, byte[] data, uint crc32C, ulong crc64)
    {
        Assert.True(crc32C == Crc32C.Compute(data), name);
        Assert.True(crc32C == Crc32C.AppendPortable(0, data), name);
        Assert.True(crc64 == Crc64Nvme.Compute(data), name);
        Assert.True(crc64 == Crc64Nvme.AppendPortable(0, data), name);
        if (Crc32C.IsAccelerated)
        {
            Assert.True(crc32C == Crc32C.AppendAccelerated(0, data), name);
        }

        if (Crc64Nvme.IsAccelerated && data.Length >= 64)
        {
            Assert.True(crc64 == Crc64Nvme.AppendAccelerated(0, data), name);
        }
    }

    [Theory]
    [InlineData("123456789", 0xCBF43926)]
    [InlineData("", 0u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x414FA339)]
    public void Compute_Crc32PublishedInput_GivesPublishedValue(string text, uint expected) =>
        Assert.Equal((expected, expected), (Crc32.Compute(Encoding.ASCII.GetBytes(text)), Crc32.AppendPortable(0, Encoding.ASCII.GetBytes(text))));

    [Fact]
    public void Compute_Crc32LongPublishedInput_GivesPublishedValue()
    {
        // A million times "a": long enough for the accelerated form.
        var data = Enumerable.Repeat((byte)'a', 1_000_000).ToArray();
        Assert.Equal(0xDC25BFBCu, Crc32.Compute(data));
        Assert.Equal(0xDC25BFBCu, Crc32.AppendPortable(0, data));
    }

    [Fact]
    public void IsAccelerated_ProcessorWithTheInstructions_IsTrue()
    {
        // What the tests compare with the portable form is then really another one.
        Assert.True(Crc32C.IsAccelerated || !(System.Runtime.Intrinsics.X86.Sse42.X64.IsSupported || System.Runtime.Intrinsics.Arm.Crc32.Arm64.IsSupported));
        var multiplies = System.Runtime.Intrinsics.X86.Pclmulqdq.IsSupported || System.Runtime.Intrinsics.Arm.Aes.IsSupported;
        Assert.Equal((multiplies, multiplies), (Crc64Nvme.IsAccelerated, Crc32.IsAccelerated));

        // ChecksumProcessorTests runs these tests as on processors that lack them.
        Assert.False(AreOff("HWIntrinsic") && (Crc32C.IsAccelerated || Crc64Nvme.IsAccelerated || Crc32.IsAccelerated || CarrylessFolding.IsSupported));
        Assert.False(AreOff("AES") && (Crc64Nvme.IsAccelerated || Crc32.IsAccelerated || CarrylessFolding.IsSupported));
        Assert.False(AreOff("VAES") && CarrylessFolding.IsWide);

        static bool AreOff(string name) => Environment.GetEnvironmentVariable($"DOTNET_Enable{name}") == "0";
    }

    [Fact]
    public void Append_EveryLengthAndOffset_AcceleratedEqualsPortable()
    {
        var data = Noise(20_000, seed: 1);
        var random = new Random(2);
        for (var round = 0; round < 3000; round++)
        {
            var length = round < 700 ? round : random.Next(data.Length);
            var span = data.AsSpan(random.Next(data.Length - length), length);
            var start32 = (uint)random.NextInt64(1L << 32);
            var start64 = (ulong)random.NextInt64();
            Assert.Equal(Crc32C.AppendPortable(start32, span), Crc32C.Append(start32, span));
            Assert.Equal(Crc64Nvme.AppendPortable(start64, span), Crc64Nvme.Append(start64, span));
            Assert.Equal(Crc32.AppendPortable(start32, span), Crc32.Append(start32, span));
        }
    }

    [Fact]
    public void Append_EveryWay_IsTheSame()
    {
        // Which way a processor takes depends on its registers; the others are then of no use to it, but have to be right.
        if (!CarrylessFolding.IsSupported)
        {
            return;
        }

        var data = Noise(20_000, seed: 5);
        var random = new Random(6);
        for (var round = 0; round < 1500; round++)
        {
            var length = 64 + (round < 700 ? round : random.Next(data.Length - 64));
            var span = data.AsSpan(random.Next(data.Length - length), length);
            var start = (uint)random.NextInt64(1L << 32);
            Assert.Equal(Crc32C.AppendPortable(start, span), Crc32C.AppendFolded(start, span));
            if (Crc32C.IsAccelerated)
            {
                Assert.Equal(Crc32C.AppendPortable(start, span), Crc32C.AppendAccelerated(start, span));
            }

            if (CarrylessFolding.IsWide && length >= 2 * CarrylessFolding.WideBytes)
            {
                Assert.Equal(Narrow(start, span), Crc64Nvme.AppendAccelerated(start, span));
            }
        }
    }

    /// <summary>What <see cref="Crc64Nvme"/> computes where there are no wide registers.</summary>
    private static ulong Narrow(ulong crc, ReadOnlySpan<byte> data)
    {
        Span<byte> last = stackalloc byte[16];
        var rest = CarrylessFolding.ShrinkNarrow(data, ~crc, Crc64Nvme.Factors, last);

        // Inverted, a register of 0 is all ones.
        return Crc64Nvme.AppendPortable(Crc64Nvme.AppendPortable(ulong.MaxValue, last), rest);
    }

    [Fact]
    public void Combine_RandomSplits_EqualsWhole()
    {
        var random = new Random(3);
        for (var round = 0; round < 2000; round++)
        {
            var data = Noise(random.Next(1, 5000), seed: round);
            var split = random.Next(data.Length + 1);
            var a = data.AsSpan(0, split);
            var b = data.AsSpan(split);
            Assert.Equal(Crc32C.Compute(data), Crc32C.Combine(Crc32C.Compute(a), Crc32C.Compute(b), b.Length));
            Assert.Equal(Crc64Nvme.Compute(data), Crc64Nvme.Combine(Crc64Nvme.Compute(a), Crc64Nvme.Compute(b), b.Length));
            Assert.Equal(Crc32.Compute(data), Crc32.Combine(Crc32.Compute(a), Crc32.Compute(b), b.Length));
            Assert.Equal(Crc32C.Compute(data), Crc32C.Append(Crc32C.Compute(a), b));
            Assert.Equal(Crc64Nvme.Compute(data), Crc64Nvme.Append(Crc64Nvme.Compute(a), b));
        }
    }

    [Fact]
    public void Combine_PublishedHalves_GivesCheckValue()
    {
        Assert.Equal(0xE3069283u, Crc32C.Combine(0x18D12335, 0xC27E5DB2, 4));
        Assert.Equal(0xAE8B14860A799888, Crc64Nvme.Combine(0x166AE2B7FF62CAF8, 0xE0D6368F42D00737, 4));
    }

    [Theory]
    [InlineData(4L, 0x82F63B78, 0x0000000080000000)]
    [InlineData(8L << 20, 0x7D0722CC, 0x2574114889F670B2)]
    [InlineData(16L << 20, 0xD289CABE, 0x4A84A6C45E3BF520)]
    [InlineData(64L << 20, 0x05B74F3F, 0xB0290EC579F291F5)]
    [InlineData(1L << 30, 0x08000000, 0x51DA8D7E057C5EB3)]
    public void Power_KnownLength_GivesKnownPolynomial(long bytes, uint crc32C, ulong crc64)
    {
        Assert.Equal(crc32C, Crc32C.Power(bytes));
        Assert.Equal(crc64, Crc64Nvme.Power(bytes));
    }

    [Fact]
    public void Append_MessageWithOwnChecksum_GivesResidue()
    {
        // The published residues are register values before the final inversion.
        var data = Noise(1000, seed: 4);
        Assert.Equal(0xB798B438u, ~Crc32C.Append(Crc32C.Compute(data), BitConverter.GetBytes(Crc32C.Compute(data))));
        Assert.Equal(0xF310303B2B6F6E42, ~Crc64Nvme.Append(Crc64Nvme.Compute(data), BitConverter.GetBytes(Crc64Nvme.Compute(data))));
    }

    [Fact]
    public void Base64_CheckValue_IsHeaderForm()
    {
        Assert.Equal("4waSgw==", Crc32C.ToBase64(0xE3069283));
        Assert.Equal("rosUhgp5mIg=", Crc64Nvme.ToBase64(0xAE8B14860A799888));
        Assert.Equal(0xE3069283u, Crc32C.FromBase64("4waSgw=="));
        Assert.Equal(0xAE8B14860A799888, Crc64Nvme.FromBase64("rosUhgp5mIg="));
        Assert.Equal("y/Q5Jg==", Crc32.ToBase64(Crc32.Compute("123456789"u8)));
        Assert.Equal(0xCBF43926, Crc32.FromBase64("y/Q5Jg=="));
    }

    [Theory]
    [InlineData("")]
    [InlineData("4waSg")]
    [InlineData("4waSgwA=")]
    [InlineData("not base64")]
    public void FromBase64_OtherLengthOrText_Throws(string text)
    {
        Assert.Throws<FormatException>(() => Crc32C.FromBase64(text));
        Assert.Throws<FormatException>(() => Crc64Nvme.FromBase64(text));
        Assert.Throws<FormatException>(() => Crc32.FromBase64(text));
    }

    [Fact]
    public void Combine_NegativeLength_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Crc32C.Combine(1, 2, -1));

    private static byte[] Ascending(int length) => [.. Enumerable.Range(0, length).Select(value => (byte)value)];

    private static byte[] Ones(int length)
    {
        var data = new byte[length];
        data.AsSpan().Fill(0xFF);
        return data;
    }

    private static byte[] Noise(int length, int seed)
    {
        var data = new byte[length];
        new Random(seed).NextBytes(data);
        return data;
    }
}
