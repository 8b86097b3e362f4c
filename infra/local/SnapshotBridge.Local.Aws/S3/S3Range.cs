using System.Globalization;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>A byte range of an object, both ends inclusive.</summary>
public readonly record struct S3Range(long First, long Last)
{
    /// <summary>The number of bytes.</summary>
    public long Length => Last - First + 1;

    /// <summary>Reads a Range header against an object's size.</summary>
    /// <returns>Null where the header is to be ignored: absent, not one range of bytes, or not well-formed.</returns>
    /// <exception cref="S3Exception">InvalidRange, 416: no byte of the object is asked for.</exception>
    internal static S3Range? Resolve(string header, long size)
    {
        const string Unit = "bytes=";
        if (!header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase))
            return null;
        var ends = header[Unit.Length..].Trim().Split('-');
        if (ends.Length != 2 || !TryEnd(ends[0], out var first) || !TryEnd(ends[1], out var last) || (first is null && last is null) || last < first)
            return null;
        if (first is null)
            (first, last) = (Math.Max(0, size - last!.Value), last == 0 ? -1 : size - 1);
        if (first >= size || last < first)
        {
            throw new S3Exception("InvalidRange", "The requested range is not satisfiable", 416)
            {
                Details = [("RangeRequested", header), ("ActualObjectSize", size.ToString(CultureInfo.InvariantCulture))],
            };
        }

        return new S3Range(first.Value, Math.Min(last ?? size - 1, size - 1));
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");

    private static bool TryEnd(string text, out long? end)
    {
        end = null;
        if (text.Length == 0)
            return true;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            return false;
        end = value;
        return true;
    }
}
