using System.Globalization;
using System.Text.Json;
using SnapshotBridge.BenchmarkPeers;
using SnapshotBridge.Copying;

namespace SnapshotBridge.Benchmarks.Servers;

/// <summary>
/// An OCI bucket that keeps size and CRC32C of what it is given, refuses bodies whose announced CRC32C differs, and
/// answers with the whole object's, as the service does. Signatures are not checked.
/// </summary>
internal sealed class OciSink(SinkLedger ledger)
{
    private const string Bucket = $"/b/{ObjectSet.DestinationBucket}";

    public void Handle(HttpExchange exchange)
    {
        var head = exchange.Head;
        var at = head.Path.IndexOf(Bucket, StringComparison.Ordinal);
        var rest = at < 0 ? "" : head.Path[(at + Bucket.Length)..];
        var name = rest.Length > 3 ? rest[3..] : "";
        var uploadId = head.Query.GetValueOrDefault("uploadId", "");
        switch (head.Method, rest.Length >= 2 ? rest[..2] : "")
        {
            case ("GET", "") when head.Path.TrimEnd('/') == "/n":
                Answer(exchange, 200, "\"benchmark\"");
                break;
            case ("PUT", "/o"):
                ledger.Count("sink PutObject");
                Put(exchange, name);
                break;
            case ("HEAD", "/o"):
                ledger.Count("sink HeadObject");
                HeadObject(exchange, name);
                break;
            case ("GET", "/o"):
                ledger.Count("sink ListObjects");
                Answer(exchange, 200, "{\"objects\":[]}");
                break;
            case ("POST", "/u") when uploadId.Length == 0:
                ledger.Count("sink CreateMultipartUpload");
                using (var wanted = JsonDocument.Parse(exchange.ReadDocument()))
                {
                    var target = wanted.RootElement.GetProperty("object").GetString();
                    Answer(exchange, 200, JsonSerializer.Serialize(new { @namespace = "benchmark", bucket = ObjectSet.DestinationBucket, @object = target, uploadId = ledger.Open() }));
                }

                break;
            case ("PUT", "/u"):
                ledger.Count("sink UploadPart");
                PutPart(exchange, uploadId);
                break;
            case ("POST", "/u"):
                ledger.Count("sink CommitMultipartUpload");
                Commit(exchange, name, uploadId);
                break;
            case ("GET", "/u"):
                ledger.Count("sink ListMultipartUploadParts");
                ListParts(exchange, uploadId);
                break;
            default:
                ledger.Count($"sink {head.Method} {head.Path}");
                Answer(exchange, 404, "{\"code\":\"ObjectNotFound\",\"message\":\"not found\"}");
                break;
        }
    }

    private void Put(HttpExchange exchange, string name)
    {
        if (exchange.Head.Header("if-none-match") == "*" && ledger.Find(name) is not null)
        {
            Answer(exchange, 412, "{\"code\":\"IfNoneMatchFailed\",\"message\":\"exists\"}");
        }
        else if (Receive(exchange) is { } received)
        {
            ledger.Put(name, received);
            Stored(exchange, received);
        }
    }

    private void PutPart(HttpExchange exchange, string uploadId)
    {
        var number = int.Parse(exchange.Head.Query["uploadPartNum"], CultureInfo.InvariantCulture);
        if (Receive(exchange) is { } received)
        {
            if (ledger.PutPart(uploadId, number, received))
            {
                Stored(exchange, received);
            }
            else
            {
                Answer(exchange, 404, "{\"code\":\"UploadNotFound\",\"message\":\"no such upload\"}");
            }
        }
    }

    private void Commit(HttpExchange exchange, string name, string uploadId)
    {
        using var wanted = JsonDocument.Parse(exchange.ReadDocument());
        var numbers = wanted.RootElement.GetProperty("partsToCommit").EnumerateArray().Select(part => part.GetProperty("partNum").GetInt32()).Order().ToList();
        if (ledger.Commit(name, uploadId, numbers) is { } whole)
        {
            Stored(exchange, whole);
        }
        else
        {
            Answer(exchange, 404, "{\"code\":\"UploadNotFound\",\"message\":\"no such upload or part\"}");
        }
    }

    private void ListParts(HttpExchange exchange, string uploadId)
    {
        if (ledger.Parts(uploadId) is { } parts)
        {
            Answer(exchange, 200, JsonSerializer.Serialize(parts.Select(part => new { partNumber = part.Key, etag = "part", size = part.Value.SizeBytes, md5 = "" })));
        }
        else
        {
            Answer(exchange, 404, "{\"code\":\"UploadNotFound\",\"message\":\"no such upload\"}");
        }
    }

    private void HeadObject(HttpExchange exchange, string name)
    {
        if (ledger.Find(name) is { } found)
        {
            exchange.AnswerContentHead(found.SizeBytes, ("etag", "object"), ("opc-content-crc32c", Crc32C.ToBase64(found.Crc32C)));
        }
        else
        {
            exchange.Answer(404);
        }
    }

    /// <summary>The body's size and CRC32C, or null after it was refused.</summary>
    private static Received? Receive(HttpExchange exchange)
    {
        var length = exchange.Head.ContentLength;
        var crc = exchange.DrainBody();
        if (exchange.Head.Header("opc-content-crc32c") is { } announced && Crc32C.FromBase64(announced) != crc)
        {
            Answer(exchange, 400, "{\"code\":\"UnmatchedContentCRC32C\",\"message\":\"The computed CRC32C of the request body does not match the opc-content-crc32c header\"}");
            return null;
        }

        return new Received(length, crc);
    }

    private static void Stored(HttpExchange exchange, Received received) =>
        exchange.Answer(200, "", "application/json", ("etag", "part"), ("opc-content-crc32c", Crc32C.ToBase64(received.Crc32C)));

    private static void Answer(HttpExchange exchange, int status, string json) => exchange.Answer(status, json, "application/json");
}
