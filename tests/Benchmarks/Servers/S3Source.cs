using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using SnapshotBridge.BenchmarkPeers;
using SnapshotBridge.Copying;
using SnapshotBridge.Planning;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Benchmarks.Servers;

/// <summary>
/// The source as S3 would be: KMS objects whose ETag is no MD5 and which have a stored CRC64NVME, and beside them the
/// documents that the function reads and writes, and the one secret that it asks for. Signatures are not checked.
/// </summary>
internal sealed class S3Source(IReadOnlyList<ObjectSet> sets, IReadOnlyDictionary<long, ObjectContent> contents, string secret, SinkLedger operations)
{
    private const string KmsKey = "arn:aws:kms:us-east-1:123456789012:key/1111";
    private const string Modified = "Sat, 21 Nov 2026 00:00:00 GMT";

    private readonly ConcurrentDictionary<string, byte[]> _documents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ObjectSet> _folders = sets.ToDictionary(set => set.Folder, StringComparer.Ordinal);
    private long _bytes;

    /// <summary>Bytes of objects that were sent, also more than once.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Forgets what a copy left, and holds the batches that the next one is to copy.</summary>
    public void Clear()
    {
        _documents.Clear();
        foreach (var batch in sets.SelectMany(set => set.Batches()))
        {
            _documents[BridgeLayout.Batch(batch.ExportTaskId, batch.Batch)] = JsonSerializer.SerializeToUtf8Bytes(batch, PlanningJson.Default.CopyBatch);
        }

        Interlocked.Exchange(ref _bytes, 0);
    }

    public void Handle(HttpExchange exchange)
    {
        var head = exchange.Head;
        var segments = head.Path.TrimStart('/').Split('/', 2);
        switch (head.Method)
        {
            case "POST" when head.Header("X-Amz-Target") is { } target && target.EndsWith("GetSecretValue", StringComparison.Ordinal):
                exchange.Finish();
                exchange.Answer(200, JsonSerializer.Serialize(new { ARN = "oci-key", Name = "oci-key", SecretString = secret }), "application/x-amz-json-1.1");
                break;
            case "GET" when segments.Length == 1 || segments[1].Length == 0:
                operations.Count("S3 ListObjectsV2");
                exchange.Answer(200, Listing(head.Query));
                break;
            case "GET" or "HEAD" when segments[1].StartsWith("exports/", StringComparison.Ordinal):
                operations.Count($"S3 {(head.Method == "GET" ? "GetObject" : "HeadObject")}");
                ServeObject(exchange, segments[1]);
                break;
            default:
                ServeDocument(exchange, segments.Length == 2 ? segments[1] : "");
                break;
        }
    }

    private void ServeObject(HttpExchange exchange, string key)
    {
        var slash = key.LastIndexOf('/') + 1;
        if (!_folders.TryGetValue(key[..slash], out var set))
        {
            NotFound(exchange, key);
            return;
        }

        var content = contents[set.SizeBytes];
        var range = exchange.Head.Header("Range");
        var (from, to) = range is null ? (0, content.SizeBytes - 1) : ParseRange(range, content.SizeBytes);
        List<(string, string)> headers =
        [
            ("ETag", ObjectSet.ETag), ("Last-Modified", Modified), ("Accept-Ranges", "bytes"),
            ("x-amz-server-side-encryption", "aws:kms"), ("x-amz-server-side-encryption-aws-kms-key-id", KmsKey),
        ];
        if (range is not null)
        {
            headers.Add(("Content-Range", string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{to}/{content.SizeBytes}")));
        }
        else if (exchange.Head.Header("x-amz-checksum-mode") is not null)
        {
            headers.Add(("x-amz-checksum-crc64nvme", Crc64Nvme.ToBase64(content.Crc64NvmeValue)));
            headers.Add(("x-amz-checksum-type", "FULL_OBJECT"));
        }

        if (exchange.Head.Method == "GET")
        {
            Interlocked.Add(ref _bytes, to - from + 1);
        }

        exchange.AnswerContent(range is null ? 200 : 206, content, from, to - from + 1, [.. headers]);
    }

    private void ServeDocument(HttpExchange exchange, string key)
    {
        operations.Count($"document {exchange.Head.Method}");
        switch (exchange.Head.Method)
        {
            case "PUT":
                _documents[key] = exchange.ReadDocument();
                exchange.Answer(200, "", headers: ("ETag", "\"d41d8cd98f00b204e9800998ecf8427e-1\""));
                break;
            case "DELETE":
                _documents.TryRemove(key, out _);
                exchange.Answer(204);
                break;
            case "GET" or "HEAD" when _documents.TryGetValue(key, out var document):
                exchange.AnswerBytes(200, document, "application/json", ("ETag", "\"d41d8cd98f00b204e9800998ecf8427e-1\""), ("Last-Modified", Modified));
                break;
            default:
                NotFound(exchange, key);
                break;
        }
    }

    private string Listing(IReadOnlyDictionary<string, string> query)
    {
        var prefix = query.GetValueOrDefault("prefix", "");
        var delimiter = query.GetValueOrDefault("delimiter", "");
        var after = query.GetValueOrDefault("continuation-token", query.GetValueOrDefault("start-after", ""));
        var most = int.Parse(query.GetValueOrDefault("max-keys", "1000"), CultureInfo.InvariantCulture);
        var page = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
        var (count, last, isTruncated) = (0, "", false);
        foreach (var entry in Entries(prefix, delimiter).SkipWhile(entry => string.CompareOrdinal(entry.Name, after) <= 0))
        {
            if (count == most)
            {
                isTruncated = true;
                break;
            }

            page.Append(entry.Set is { } set
                ? string.Create(CultureInfo.InvariantCulture, $"<Contents><Key>{entry.Name}</Key><LastModified>2026-11-21T00:00:00.000Z</LastModified><ETag>{ObjectSet.ETag}</ETag><Size>{set.SizeBytes}</Size><StorageClass>STANDARD</StorageClass></Contents>")
                : $"<CommonPrefixes><Prefix>{entry.Name}</Prefix></CommonPrefixes>");
            (count, last) = (count + 1, entry.Name);
        }

        page.Append(CultureInfo.InvariantCulture, $"<Name>{ObjectSet.SourceBucket}</Name><Prefix>{prefix}</Prefix><KeyCount>{count}</KeyCount><MaxKeys>{most}</MaxKeys><IsTruncated>{(isTruncated ? "true" : "false")}</IsTruncated>");
        return page.Append(isTruncated ? $"<NextContinuationToken>{last}</NextContinuationToken>" : "").Append("</ListBucketResult>").ToString();
    }

    private IEnumerable<(string Name, ObjectSet? Set)> Entries(string prefix, string delimiter)
    {
        var folders = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var set in sets.OrderBy(set => set.Folder, StringComparer.Ordinal))
        {
            if (delimiter.Length > 0 && set.Folder.StartsWith(prefix, StringComparison.Ordinal) && set.Folder.Length > prefix.Length)
            {
                folders.Add(set.Folder[..(set.Folder.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal) + 1)]);
                continue;
            }

            for (var index = 0; index < set.Count; index++)
            {
                var key = set.Key(index);
                if (key.StartsWith(prefix, StringComparison.Ordinal))
                {
                    yield return (key, set);
                }
            }
        }

        foreach (var folder in folders)
        {
            yield return (folder, null);
        }
    }

    private static (long From, long To) ParseRange(string range, long size)
    {
        var sides = range["bytes=".Length..].Split('-');
        var from = long.Parse(sides[0], CultureInfo.InvariantCulture);
        var to = sides[1].Length == 0 ? size - 1 : Math.Min(size - 1, long.Parse(sides[1], CultureInfo.InvariantCulture));
        return (from, to);
    }

    private static void NotFound(HttpExchange exchange, string key) =>
        exchange.Answer(404, $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>{key}</Key></Error>");
}
