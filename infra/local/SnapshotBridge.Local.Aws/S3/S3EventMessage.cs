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

    /// <summary>The same on EventBridge: an event of its own shape, one object each, the key not encoded.</summary>
    public static byte[] OnEventBridge(S3ObjectCreatedEventArgs created, S3NotificationOptions options, DateTimeOffset time)
    {
        var stored = created.Stored;
        return Write(writer =>
        {
            writer.WriteString("version", "0");
            writer.WriteString("id", Guid.NewGuid());
            writer.WriteString("detail-type", "Object Created");
            writer.WriteString("source", "aws.s3");
            writer.WriteString("account", options.AccountId);
            writer.WriteString("time", time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            writer.WriteString("region", options.Region);
            writer.WriteStartArray("resources");
            writer.WriteStringValue($"arn:aws:s3:::{stored.Bucket}");
            writer.WriteEndArray();
            writer.WriteStartObject("detail");
            writer.WriteString("version", "0");
            writer.WriteStartObject("bucket");
            writer.WriteString("name", stored.Bucket);
            writer.WriteEndObject();
            writer.WriteStartObject("object");
            writer.WriteString("key", stored.Key);
            writer.WriteNumber("size", stored.SizeBytes);
            writer.WriteString("etag", stored.ETag.Trim('"'));
            writer.WriteString("sequencer", stored.Sequencer);
            writer.WriteEndObject();
            writer.WriteString("request-id", Convert.ToHexString(Guid.NewGuid().ToByteArray().AsSpan(0, 8)));
            writer.WriteString("requester", options.AccountId);
            writer.WriteString("source-ip-address", "127.0.0.1");
            writer.WriteString("reason", Reason(created.EventName));
            writer.WriteEndObject();
        });
    }

    // The API call behind the event: ObjectCreated:Put, ObjectCreated:Copy, ObjectCreated:CompleteMultipartUpload.
    private static string Reason(string eventName) => eventName.Split(':')[^1] switch
    {
        "Put" => "PutObject",
        "Copy" => "CopyObject",
        var other => other,
    };

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
