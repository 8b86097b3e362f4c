using System.Globalization;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>Which checksum one object will be stored with, and its computation while the bytes pass.</summary>
internal sealed class ChecksumRecipe
{
    private readonly S3ChecksumAlgorithm? _algorithm;
    private readonly int? _partBytes;
    private readonly List<byte[]> _parts = [];
    private ContentDigester? _part;
    private int _partFilled;

    private ChecksumRecipe(S3ChecksumAlgorithm? algorithm, int? partBytes)
    {
        _algorithm = algorithm;
        _partBytes = partBytes;
    }

    public IReadOnlyList<ContentDigest> Digests => _algorithm is { } algorithm && _partBytes is null ? [ContentDigester.Of(algorithm)] : [];

    /// <summary>A rule of the scenario first, then the uploader's choice, then S3's default.</summary>
    public static ChecksumRecipe For(string bucket, string key, S3ChecksumAlgorithm? uploader, IReadOnlyList<S3ChecksumRule> rules)
        => rules.FirstOrDefault(rule => rule.When(bucket, key)) is { } rule
            ? new ChecksumRecipe(rule.Algorithm, rule.CompositePartBytes)
            : new ChecksumRecipe(uploader ?? S3ChecksumAlgorithm.Crc64Nvme, null);

    /// <summary>A composite checksum from those of the parts.</summary>
    public static S3Checksum Composite(S3ChecksumAlgorithm algorithm, IReadOnlyList<byte[]> parts)
    {
        var value = Convert.ToBase64String(ContentDigester.Compute(algorithm, parts.SelectMany(part => part).ToArray()));
        return new S3Checksum(algorithm, S3ChecksumType.Composite, string.Create(CultureInfo.InvariantCulture, $"{value}-{parts.Count}"));
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        if (_algorithm is not { } algorithm || _partBytes is not { } partBytes)
            return;
        while (!data.IsEmpty)
        {
            _part ??= new ContentDigester([ContentDigester.Of(algorithm)]);
            var count = Math.Min(data.Length, partBytes - _partFilled);
            _part.Append(data[..count]);
            _partFilled += count;
            data = data[count..];
            if (_partFilled == partBytes)
                EndPart(algorithm);
        }
    }

    public S3Checksum? Finish(ContentDigester whole)
    {
        if (_algorithm is not { } algorithm)
            return null;
        if (_partBytes is null)
            return new S3Checksum(algorithm, S3ChecksumType.FullObject, whole.Base64(ContentDigester.Of(algorithm)));
        if (_part is not null || _parts.Count == 0)
            EndPart(algorithm);
        return Composite(algorithm, _parts);
    }

    private void EndPart(S3ChecksumAlgorithm algorithm)
    {
        using var part = _part ?? new ContentDigester([ContentDigester.Of(algorithm)]);
        _parts.Add(part.Result(ContentDigester.Of(algorithm)));
        _part = null;
        _partFilled = 0;
    }
}
