using System.Globalization;
using System.Text.Json;
using SnapshotBridge.Local.Aws.Http;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>The messages that S3 sends about a bucket.</summary>
public static class S3EventMessage
{
    /// <summary>The event for a written object, event structure 2.1.</summary>
    public static byte[] Created(S3ObjectCreatedEventArgs created, S3NotificationOptions options, DateTimeOffset time)
    {
        var stored = created.Stored;
        return Write(writer =>
        {
            writer.WriteStartArray("Records");
            writer.WriteStartObject();
            writer.WriteString("eventVersion", "2.1");
            writer.WriteString("eventSource", "aws:s3");
            writer.WriteString("awsRegion", options.Region);
            writer.WriteString("eventTime", Time(time));
            writer.WriteString("eventName", created.EventName);
            writer.WriteStartObject("userIdentity");
            writer.WriteString("principalId", "AWS:AROAEXPORTEXAMPLE:export");
            writer.WriteEndObject();
            writer.WriteStartObject("requestParameters");
            writer.WriteString("sourceIPAddress", "127.0.0.1");
            writer.WriteEndObject();
            writer.WriteStartObject("responseElements");
            writer.WriteString("x-amz-request-id", Convert.ToHexString(Guid.NewGuid().ToByteArray().AsSpan(0, 8)));
            writer.WriteString("x-amz-id-2", Convert.ToBase64String(Guid.NewGuid().ToByteArray()));
            writer.WriteEndObject();
            writer.WriteStartObject("s3");
            writer.WriteString("s3SchemaVersion", "1.0");
            writer.WriteString("configurationId", options.ConfigurationId);
            writer.WriteStartObject("bucket");
            writer.WriteString("name", stored.Bucket);
            writer.WriteStartObject("ownerIdentity");
            writer.WriteString("principalId", "A3NL1KOZZKEXAMPLE");
            writer.WriteEndObject();
            writer.WriteString("arn", $"arn:aws:s3:::{stored.Bucket}");
            writer.WriteEndObject();
            writer.WriteStartObject("object");
            writer.WriteString("key", PercentEncoding.EncodeForm(stored.Key));
            writer.WriteNumber("size", stored.SizeBytes);
            writer.WriteString("eTag", stored.ETag.Trim('"'));
            writer.WriteString("sequencer", stored.Sequencer);
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndArray();
        });
    }

    /// <summary>What a receiver gets when a configuration is set; it has no <c>Records</c>.</summary>
    public static byte[] Test(string bucket, DateTimeOffset time) => Write(writer =>
    {
        writer.WriteString("Service", "Amazon S3");
        writer.WriteString("Event", "s3:TestEvent");
        writer.WriteString("Time", Time(time));
        writer.WriteString("Bucket", bucket);
        writer.WriteString("RequestId", Convert.ToHexString(Guid.NewGuid().ToByteArray().AsSpan(0, 8)));
        writer.WriteString("HostId", Convert.ToBase64String(Guid.NewGuid().ToByteArray()));
    });

    private static byte[] Write(Action<Utf8JsonWriter> content)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            content(writer);
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
