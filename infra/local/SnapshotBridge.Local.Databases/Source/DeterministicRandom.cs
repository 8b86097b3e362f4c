namespace SnapshotBridge.Local.Databases.Source;

/// <summary>SplitMix64: the same values for the same seed on every platform and in every version of .NET.</summary>
internal sealed class DeterministicRandom(ulong seed)
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    private static readonly string[] Syllables =
    [
        "ba", "ka", "lo", "mi", "ne", "ra", "so", "ta", "vi", "zu", "dor", "fel", "gan", "hem", "jor", "lun", "mar", "nor", "pol", "ros",
        "sten", "tur", "vel", "wick", "são", "zür", "ñan", "łód", "øst", "çel",
    ];

    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A whole number from 0 up to, but not including, <paramref name="limit"/>.</summary>
    public int Below(int limit) => (int)(Next() % (uint)limit);

    public int Between(int from, int to) => from + Below(to - from + 1);

    public bool OneIn(int chances) => Below(chances) == 0;

    /// <summary>A capitalized word of two to four syllables.</summary>
    public string Name(int maximumLength)
    {
        var word = string.Concat(Enumerable.Range(0, Between(2, 4)).Select(_ => Syllables[Below(Syllables.Length)]));
        word = char.ToUpperInvariant(word[0]) + word[1..];
        return word.Length <= maximumLength ? word : word[..maximumLength];
    }

    /// <summary>Characters that no compressor shortens by more than a quarter.</summary>
    public string Noise(int length) => string.Create(length, this, static (span, random) =>
    {
        ulong bits = 0;
        for (var i = 0; i < span.Length; i++)
        {
            if (i % 10 == 0)
            {
                bits = random.Next();
            }

            span[i] = Alphabet[(int)(bits & 63)];
            bits >>= 6;
        }
    });
}
