using System.Globalization;
using System.Text;
using System.Xml;
using SnapshotBridge.Local.Aws.Protocols;

namespace SnapshotBridge.Local.Aws.Rds;

/// <summary>One page of a Describe action.</summary>
internal sealed record RdsPage<T>(IReadOnlyList<T> Items, string? Marker)
{
    public void Write(XmlWriter result, string list, string element, Action<XmlWriter, T> write)
    {
        result.WriteStartElement(list, RdsXml.Namespace);
        foreach (var item in Items)
        {
            result.WriteStartElement(element, RdsXml.Namespace);
            write(result, item);
            result.WriteEndElement();
        }

        result.WriteEndElement();
        if (Marker is not null)
            result.WriteElementString("Marker", RdsXml.Namespace, Marker);
    }
}

internal static class RdsPage
{
    /// <summary>20 to 100, default 100 (API reference).</summary>
    private const int MinRecords = 20;
    private const int MaxRecords = 100;

    /// <param name="form">Holds Marker and MaxRecords.</param>
    /// <param name="all">Everything, in a stable order: the marker is a place in it.</param>
    /// <param name="id">What a marker remembers of an item.</param>
    /// <param name="filter">Which items count.</param>
    /// <exception cref="AwsServiceException">InvalidParameterValue.</exception>
    public static RdsPage<T> Of<T>(QueryForm form, IReadOnlyList<T> all, Func<T, string> id, Func<T, bool> filter)
    {
        var max = MaxRecords;
        if (form.Find("MaxRecords") is { } text
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out max) || max is < MinRecords or > MaxRecords))
        {
            throw new AwsServiceException("InvalidParameterValue", $"Invalid value {text} for MaxRecords. Must be between {MinRecords} and {MaxRecords}");
        }

        var from = form.Find("Marker") is { Length: > 0 } marker ? After(all, id, marker) : 0;
        var rest = all.Skip(from).Where(filter).ToList();
        return rest.Count <= max
            ? new RdsPage<T>(rest, null)
            : new RdsPage<T>(rest[..max], Convert.ToBase64String(Encoding.UTF8.GetBytes(id(rest[max - 1]))));
    }

    private static int After<T>(IReadOnlyList<T> all, Func<T, string> id, string marker)
    {
        var bytes = new byte[marker.Length];
        if (Convert.TryFromBase64String(marker, bytes, out var count))
        {
            var last = Encoding.UTF8.GetString(bytes, 0, count);
            for (var index = 0; index < all.Count; index++)
            {
                if (id(all[index]) == last)
                    return index + 1;
            }
        }

        throw new AwsServiceException("InvalidParameterValue", "The value of Marker is not one that this service gave.");
    }
}
