using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using SnapshotBridge.BenchmarkPeers;

namespace SnapshotBridge.Benchmarks.Servers;

/// <summary>An S3 bucket that keeps size and CRC32C of what it is given: where rclone copies to. Signatures are not checked.</summary>
internal sealed partial class S3Sink(SinkLedger ledger)
{
    private const string Head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

    public void Handle(HttpExchange exchange)
    {
        var head = exchange.Head;
        var segments = head.Path.TrimStart('/').Split('/', 2);
        var key = segments.Length == 2 ? segments[1] : "";
        var uploadId = head.Query.GetValueOrDefault("uploadId");
        switch (head.Method)
        {
            case "PUT" when key.Length > 0 && uploadId is not null:
                ledger.Count("sink UploadPart");
                var number = int.Parse(head.Query["partNumber"], CultureInfo.InvariantCulture);
                var isOpen = ledger.PutPart(uploadId, number, Receive(exchange));
                Answer(exchange, isOpen ? 200 : 404, isOpen ? "" : Error("NoSuchUpload"));
                break;
            case "PUT" when key.Length > 0:
                ledger.Count("sink PutObject");
                ledger.Put(key, Receive(exchange));
                Answer(exchange, 200, "");
                break;
            case "POST" when head.Query.ContainsKey("uploads"):
                ledger.Count("sink CreateMultipartUpload");
                Answer(exchange, 200, $"{Head}<InitiateMultipartUploadResult><Bucket>{segments[0]}</Bucket><Key>{key}</Key><UploadId>{ledger.Open()}</UploadId></InitiateMultipartUploadResult>");
                break;
            case "POST" when uploadId is not null:
                ledger.Count("sink CompleteMultipartUpload");
                var numbers = PartNumber().Matches(Encoding.UTF8.GetString(exchange.ReadDocument())).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToList();
                Answer(exchange, ledger.Commit(key, uploadId, numbers) is null ? 400 : 200, $"{Head}<CompleteMultipartUploadResult><Bucket>{segments[0]}</Bucket><Key>{key}</Key><ETag>{ObjectSet.ETag}</ETag></CompleteMultipartUploadResult>");
                break;
            case "DELETE" when uploadId is not null:
                ledger.Count("sink AbortMultipartUpload");
                ledger.Abort(uploadId);
                exchange.Answer(204);
                break;
            case "HEAD" when key.Length > 0:
                ledger.Count("sink HeadObject");
                HeadObject(exchange, key);
                break;
            case "GET" when key.Length == 0:
                ledger.Count("sink ListObjectsV2");
                Answer(exchange, 200, $"{Head}<ListBucketResult><Name>{segments[0]}</Name><KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>");
                break;
            default:
                ledger.Count($"sink {head.Method}");
                Answer(exchange, 404, Error("NoSuchKey"));
                break;
        }
    }

    private void HeadObject(HttpExchange exchange, string key)
    {
        if (ledger.Find(key) is { } found)
        {
            exchange.AnswerContentHead(found.SizeBytes, ("ETag", ObjectSet.ETag), ("Last-Modified", "Sat, 21 Nov 2026 00:00:00 GMT"));
        }
        else
        {
            Answer(exchange, 404, Error("NoSuchKey"));
        }
    }

    private static Received Receive(HttpExchange exchange)
    {
        if (exchange.Head.Header("x-amz-decoded-content-length") is not null)
        {
            throw new NotSupportedException("aws-chunked bodies are not read here: they would be more work for this sink than plain ones.");
        }

        var length = exchange.Head.ContentLength;
        return new Received(length, exchange.DrainBody());
    }

    private static void Answer(HttpExchange exchange, int status, string body) =>
        exchange.Answer(status, body, "application/xml", ("ETag", ObjectSet.ETag), ("x-amz-server-side-encryption", "aws:kms"));

    private static string Error(string code) => $"{Head}<Error><Code>{code}</Code><Message>{code}</Message></Error>";

    [GeneratedRegex("<PartNumber>([0-9]+)</PartNumber>")]
    private static partial Regex PartNumber();
}
