using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>S3's XML.</summary>
internal static class S3Xml
{
    public const string Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

    /// <summary>Documents of requests: a completion names up to 10,000 parts, a delete up to 1,000 keys of up to 1,024 bytes.</summary>
    private const int MaxRequestBytes = 8 * 1024 * 1024;

    public static byte[] Document(string root, Action<XmlWriter> content)
    {
        using var stream = new MemoryStream();
        using (var writer = XmlWriter.Create(stream, Settings()))
        {
            writer.WriteStartElement(root, Namespace);
            content(writer);
            writer.WriteEndElement();
        }

        return stream.ToArray();
    }

    /// <summary>Error documents have no namespace.</summary>
    public static byte[] Error(S3Exception error, string resource, string requestId, string hostId)
    {
        using var stream = new MemoryStream();
        using (var writer = XmlWriter.Create(stream, Settings()))
        {
            writer.WriteStartElement("Error");
            writer.WriteElementString("Code", error.Code);
            writer.WriteElementString("Message", error.Message);
            foreach (var (name, value) in error.Details)
                writer.WriteElementString(name, value);
            writer.WriteElementString("Resource", resource);
            writer.WriteElementString("RequestId", requestId);
            writer.WriteElementString("HostId", hostId);
            writer.WriteEndElement();
        }

        return stream.ToArray();
    }

    public static void Element(this XmlWriter writer, string name, string value) => writer.WriteElementString(name, Namespace, value);

    public static void Element(this XmlWriter writer, string name, long value)
        => writer.WriteElementString(name, Namespace, value.ToString(CultureInfo.InvariantCulture));

    public static void Element(this XmlWriter writer, string name, bool value) => writer.WriteElementString(name, Namespace, value ? "true" : "false");

    public static void Element(this XmlWriter writer, string name, DateTimeOffset value)
        => writer.WriteElementString(name, Namespace, value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));

    public static void Group(this XmlWriter writer, string name, Action content)
    {
        writer.WriteStartElement(name, Namespace);
        content();
        writer.WriteEndElement();
    }

    public static void Checksum(this XmlWriter writer, S3Checksum? checksum)
    {
        if (checksum is null)
            return;
        writer.Element("Checksum" + checksum.Algorithm.Wire(), checksum.Value);
        writer.Element("ChecksumType", checksum.Type.Wire());
    }

    /// <summary>The document, or null where the body is empty.</summary>
    /// <exception cref="S3Exception">MalformedXML.</exception>
    public static async Task<XElement?> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        var block = new byte[16 * 1024];
        int count;
        while ((count = await body.ReadAsync(block, cancellationToken)) > 0)
        {
            content.Write(block, 0, count);
            if (content.Length > MaxRequestBytes)
                throw new S3Exception("EntityTooLarge", "The request's document is too long.", 400);
        }

        if (content.Length == 0)
            return null;
        content.Position = 0;
        try
        {
            using var reader = XmlReader.Create(content, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, CheckCharacters = false });
            return XElement.Load(reader);
        }
        catch (XmlException)
        {
            throw new S3Exception("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema", 400);
        }
    }

    /// <summary>The child of this name in any namespace: clients differ in whether they declare S3's.</summary>
    public static string? Child(this XElement element, string name)
        => element.Elements().FirstOrDefault(child => child.Name.LocalName == name)?.Value;

    public static IEnumerable<XElement> Children(this XElement element, string name)
        => element.Elements().Where(child => child.Name.LocalName == name);

    public static void SetChecksum(this HttpResponse response, S3Checksum checksum)
    {
        response.Headers[checksum.Algorithm.Header()] = checksum.Value;
        response.Headers["x-amz-checksum-type"] = checksum.Type.Wire();
    }

    // Keys may hold characters that XML 1.0 cannot; S3 writes them as references and so does the writer without this check.
    private static XmlWriterSettings Settings() => new() { Encoding = new UTF8Encoding(false), CheckCharacters = false };
}
