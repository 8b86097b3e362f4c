using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Lambda.Core;
using Amazon.Lambda.S3Events;
using Amazon.Lambda.Serialization.SystemTextJson;
using Xunit;

namespace SnapshotBridge.Local.Tests.Standins;

public sealed class LambdaSerializerTests
{
    [Fact]
    public void Serialize_NullsAndNames_AreOmittedAndAsDeclared()
    {
        var json = Write(new SourceGeneratorLambdaJsonSerializer<SerializerContext>(), new Payload { Name = "a<b>'ä", Missing = null, Count = 0 });

        Assert.Equal("""{"Name":"a<b>'ä","Count":0,"x-named":"set"}""", json);
    }

    [Fact]
    public void Serialize_NamingPolicyOnTheContext_IsIgnored()
    {
        var json = Write(new SourceGeneratorLambdaJsonSerializer<CamelCaseContext>(), new Payload { Name = "n" });

        Assert.StartsWith("""{"Name":""", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Serialize_NamingPolicyThroughTheCustomizer_IsUsed()
    {
        var json = Write(new CamelCaseSerializer(), new Payload { Name = "n", Count = 2 });

        Assert.Equal("""{"name":"n","count":2,"x-named":"set"}""", json);
    }

    [Fact]
    public void Deserialize_OtherCase_IsRead()
    {
        var payload = Read<Payload>(new SourceGeneratorLambdaJsonSerializer<SerializerContext>(), """{"NAME":"n","count":3}""");

        Assert.Equal("n", payload.Name);
        Assert.Equal(3, payload.Count);
    }

    [Fact]
    public void Deserialize_TypeOutsideTheContext_SaysSo()
    {
        var error = Assert.Throws<JsonSerializerException>(
            () => Read<List<Uri>>(new SourceGeneratorLambdaJsonSerializer<SerializerContext>(), "[]"));

        Assert.Contains("No JsonTypeInfo registered", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deserialize_BrokenJson_IsTheSerializersException()
    {
        var error = Assert.Throws<JsonSerializerException>(
            () => Read<Payload>(new SourceGeneratorLambdaJsonSerializer<SerializerContext>(), "{"));

        Assert.IsAssignableFrom<JsonException>(error.InnerException);
    }

    [Fact]
    public void Deserialize_S3Event_HasDecodedKeys()
    {
        var s3 = Read<S3Event>(
            new SourceGeneratorLambdaJsonSerializer<SerializerContext>(),
            """
            {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-1","eventTime":"2026-11-21T00:19:27.000Z",
            "eventName":"ObjectCreated:Put","responseElements":{"x-amz-request-id":"C3D13FE58DE4C810"},
            "s3":{"s3SchemaVersion":"1.0","configurationId":"c","bucket":{"name":"b","ownerIdentity":{"principalId":"A3"},"arn":"arn:aws:s3:::b"},
            "object":{"key":"exports/a+b%2F_SUCCESS","size":0,"eTag":"d41d","sequencer":"0055"}}}]}
            """);

        var record = Assert.Single(s3.Records);
        Assert.Equal("ObjectCreated:Put", record.EventName);
        Assert.Equal("exports/a+b%2F_SUCCESS", record.S3.Object.Key);
        Assert.Equal("exports/a b/_SUCCESS", record.S3.Object.KeyDecoded);
        Assert.Equal("d41d", record.S3.Object.ETag);
        Assert.Equal("b", record.S3.Bucket.Name);
        Assert.Equal("C3D13FE58DE4C810", record.ResponseElements.XAmzRequestId);
        Assert.Equal(new DateTime(2026, 11, 21, 0, 19, 27, DateTimeKind.Utc), record.EventTime.ToUniversalTime());
    }

    [Fact]
    public void Deserialize_S3TestEvent_HasNoRecords()
    {
        var s3 = Read<S3Event>(
            new SourceGeneratorLambdaJsonSerializer<SerializerContext>(),
            """{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-11-21T00:19:27.000Z","Bucket":"b","RequestId":"r","HostId":"h"}""");

        Assert.Null(s3.Records);
    }

    [Fact]
    public void Deserialize_EpochDates_AreSecondsOrMilliseconds()
    {
        var serializer = new DefaultLambdaJsonSerializer();

        Assert.Equal(new DateTime(2026, 11, 21, 0, 0, 0, DateTimeKind.Utc), Read<DateTime>(serializer, "1795219200"));
        Assert.Equal(new DateTime(2026, 11, 21, 0, 0, 0, DateTimeKind.Utc), Read<DateTime>(serializer, "1795219200.0"));
        Assert.Equal("[1,2]", Write(serializer, new byte[] { 1, 2 }));
    }

    [Fact]
    public void Logger_OnlyTheTwoAbstractMembers_AreNeeded()
    {
        var lines = new List<string>();
        ILambdaLogger logger = new ListLogger(lines);

        logger.LogInformation("plain");
        logger.Log(LogLevel.Error, "levelled");

        Assert.Equal(["plain", "levelled"], lines);
    }

    private static string Write<T>(ILambdaSerializer serializer, T value)
    {
        using var stream = new MemoryStream();
        serializer.Serialize(value, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static T Read<T>(ILambdaSerializer serializer, string json)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        return serializer.Deserialize<T>(stream);
    }

    private sealed class ListLogger(List<string> lines) : ILambdaLogger
    {
        public void Log(string message) => lines.Add(message);

        public void LogLine(string message) => lines.Add(message);
    }

    private sealed class CamelCaseSerializer() : SourceGeneratorLambdaJsonSerializer<SerializerContext>(
        (JsonSerializerOptions o) => o.PropertyNamingPolicy = JsonNamingPolicy.CamelCase);
}

internal sealed class Payload
{
    public string? Name { get; set; }

    public string? Missing { get; set; }

    public int Count { get; set; }

    [JsonPropertyName("x-named")]
    public string Named { get; set; } = "set";
}

[JsonSerializable(typeof(Payload))]
[JsonSerializable(typeof(S3Event))]
internal sealed partial class SerializerContext : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Payload))]
internal sealed partial class CamelCaseContext : JsonSerializerContext;
