using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace SnapshotBridge.Local.Oci;

/// <summary>Put, head, get and delete.</summary>
internal static class ObjectHandlers
{
    /// <summary>Name: 1 to 1,024 bytes of UTF-8 without NUL, CR, LF (service limit).</summary>
    private const int MaximumNameBytes = 1024;

    /// <summary>All metadata names and values together (service limit).</summary>
    private const int MaximumMetadataBytes = 4000;

    private const string MetadataPrefix = "opc-meta-";

    public static async Task PutAsync(OciExchange exchange, TimeProvider time)
    {
        CheckName(exchange.Name);
        var conditions = ConditionsOf(exchange);
        var metadata = MetadataOf(exchange.Http.Request.Headers
            .Where(header => header.Key.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase))
            .Select(header => new KeyValuePair<string, string>(header.Key, header.Value.ToString())));
        var algorithm = AlgorithmOf(exchange);

        // Once before the body, so that a refusal costs the client nothing, and once when it is published.
        RequireOverwrite(exchange);
        exchange.Store.Check(exchange.Bucket, exchange.Name, conditions);
        var body = await BodyReceiver.ReceiveAsync(exchange);
        var now = time.GetUtcNow();
        OciStoredObject stored;
        try
        {
            stored = exchange.Store.Publish(exchange.Bucket, new OciStoredObject
            {
                Name = exchange.Name,
                SizeBytes = body.SizeBytes,
                ETag = OciStore.NewETag(),
                Md5 = body.Md5,
                Crc32C = algorithm == "CRC32C" ? body.Crc32C : null,
                Sha256 = algorithm == "SHA256" ? body.Sha256 : null,
                Sha384 = algorithm == "SHA384" ? body.Sha384 : null,
                ContentType = exchange.Header("content-type") ?? "application/octet-stream",
                Metadata = metadata,
                TimeCreated = now,
                TimeModified = now,
                File = body.File,
            }, conditions);
        }
        catch (OciProblem)
        {
            File.Delete(body.File);
            throw;
        }

        exchange.Set("etag", stored.ETag);
        exchange.Set("opc-content-md5", stored.Md5);
        exchange.Set("opc-content-crc32c", stored.Crc32C);
        exchange.Set("opc-content-sha256", stored.Sha256);
        exchange.Set("opc-content-sha384", stored.Sha384);
        exchange.Set("last-modified", Date(stored.TimeModified));
        await exchange.AnswerAsync(StatusCodes.Status200OK);
    }

    public static async Task HeadAsync(OciExchange exchange)
    {
        var stored = Find(exchange);
        SetHeaders(exchange, stored);
        exchange.Http.Response.ContentLength = stored.SizeBytes;
        await exchange.AnswerAsync(StatusCodes.Status200OK);
    }

    public static async Task GetAsync(OciExchange exchange)
    {
        var stored = Find(exchange);
        FileStream stream;
        try
        {
            stream = OciStore.Open(stored.File);
        }
        catch (FileNotFoundException)
        {
            // Replaced or deleted between the two lines above.
            throw OciProblem.ObjectNotFound(exchange.Name, exchange.Bucket);
        }

        await using (stream)
        {
            var (offset, length, isRange) = Range(exchange, stored.SizeBytes);
            SetHeaders(exchange, stored);
            var response = exchange.Http.Response;
            response.StatusCode = isRange ? StatusCodes.Status206PartialContent : StatusCodes.Status200OK;
            exchange.Set("opc-request-id", exchange.RequestId);
            exchange.Set("opc-client-request-id", exchange.Header("opc-client-request-id"));
            if (isRange)
            {
                exchange.Set("content-range", string.Create(CultureInfo.InvariantCulture, $"bytes {offset}-{offset + length - 1}/{stored.SizeBytes}"));
            }

            response.ContentLength = length;
            stream.Position = offset;
            await SendAsync(exchange, stream, length);
        }
    }

    public static async Task DeleteAsync(OciExchange exchange)
    {
        if (!exchange.Store.Remove(exchange.Bucket, exchange.Name, exchange.Header("if-match")))
        {
            throw OciProblem.ObjectNotFound(exchange.Name, exchange.Bucket);
        }

        await exchange.AnswerAsync(StatusCodes.Status204NoContent);
    }

    public static OciStore.Conditions ConditionsOf(OciExchange exchange) => exchange.Header("if-none-match") switch
    {
        null => new OciStore.Conditions(false, exchange.Header("if-match")),
        "*" => new OciStore.Conditions(true, exchange.Header("if-match")),
        var other => throw OciProblem.Invalid("InvalidParameter", $"if-none-match must be '*', not '{other}'"),
    };

    public static string? AlgorithmOf(OciExchange exchange) => exchange.Header("opc-checksum-algorithm") switch
    {
        null => null,
        "CRC32C" or "SHA256" or "SHA384" => exchange.Header("opc-checksum-algorithm"),
        var other => throw OciProblem.Invalid("InvalidParameter", $"opc-checksum-algorithm must be CRC32C, SHA256 or SHA384, not '{other}'"),
    };

    public static void CheckName(string name)
    {
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > MaximumNameBytes || name.AsSpan().IndexOfAny('\0', '\r', '\n') >= 0)
        {
            throw OciProblem.Invalid("InvalidObjectName", $"An object name must have 1 to {MaximumNameBytes} bytes of UTF-8 without NUL, CR and LF");
        }
    }

    /// <summary>Metadata without its prefix, in lower case.</summary>
    public static IReadOnlyDictionary<string, string> MetadataOf(IEnumerable<KeyValuePair<string, string>> entries)
    {
        var metadata = entries.ToDictionary(
            entry => (entry.Key.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase) ? entry.Key[MetadataPrefix.Length..] : entry.Key).ToLowerInvariant(),
            entry => entry.Value, StringComparer.Ordinal);
        var bytes = metadata.Sum(entry => MetadataPrefix.Length + Encoding.UTF8.GetByteCount(entry.Key) + Encoding.UTF8.GetByteCount(entry.Value));
        return bytes <= MaximumMetadataBytes
            ? metadata
            : throw OciProblem.Invalid("MetadataTooLarge", $"The metadata has {bytes} bytes; at most {MaximumMetadataBytes} are allowed");
    }

    private static void RequireOverwrite(OciExchange exchange)
    {
        if (exchange.Store.Find(exchange.Bucket, exchange.Name) is not null && exchange.User?.Has(OciPermissions.ObjectOverwrite) != true
            && exchange.Header("if-none-match") is null)
        {
            throw OciProblem.BucketNotFound(exchange.Bucket, exchange.Store.Namespace, "the user lacks ObjectOverwrite for an existing name");
        }
    }

    private static OciStoredObject Find(OciExchange exchange)
    {
        var stored = exchange.Store.Find(exchange.Bucket, exchange.Name) ?? throw OciProblem.ObjectNotFound(exchange.Name, exchange.Bucket);
        new OciStore.Conditions(false, exchange.Header("if-match")).Check(stored);
        return stored;
    }

    private static void SetHeaders(OciExchange exchange, OciStoredObject stored)
    {
        exchange.Set("etag", stored.ETag);
        exchange.Set("content-type", stored.ContentType);
        exchange.Set("content-md5", stored.Md5);
        exchange.Set("opc-multipart-md5", stored.MultipartMd5);
        exchange.Set("opc-content-crc32c", stored.Crc32C);
        exchange.Set("opc-content-sha256", stored.Sha256);
        exchange.Set("opc-content-sha384", stored.Sha384);
        exchange.Set("last-modified", Date(stored.TimeModified));
        exchange.Set("accept-ranges", "bytes");
        exchange.Set("storage-tier", "Standard");
        foreach (var (name, value) in stored.Metadata)
        {
            exchange.Set(MetadataPrefix + name, value);
        }
    }

    private static (long Offset, long Length, bool IsRange) Range(OciExchange exchange, long size)
    {
        var range = exchange.Http.Request.GetTypedHeaders().Range;
        if (range is null || range.Unit != "bytes" || range.Ranges.Count != 1)
        {
            return (0, size, false);
        }

        var asked = range.Ranges.Single();
        var (from, to) = (asked.From, asked.To) switch
        {
            (null, { } last) => (Math.Max(0, size - last), size - 1),
            ({ } first, null) => (first, size - 1),
            ({ } first, { } last) => (first, Math.Min(last, size - 1)),
            _ => (0, -1),
        };
        if (from > to || from >= size)
        {
            exchange.Set("content-range", string.Create(CultureInfo.InvariantCulture, $"bytes */{size}"));
            throw new OciProblem(416, "InvalidRange", $"The range {exchange.Header("range")} cannot be given of {size} bytes");
        }

        return (from, to - from + 1, true);
    }

    private static async Task SendAsync(OciExchange exchange, Stream stream, long length)
    {
        var cutAfter = exchange.Fault<OciFaultAction.ResetResponse>()?.AfterBytes;
        var bandwidth = exchange.Fault<OciFaultAction.Bandwidth>()?.BytesPerSecond;
        var status = exchange.Http.Response.StatusCode;
        if (length == 0)
        {
            exchange.Record(status, null);
            return;
        }

        var piece = new byte[128 * 1024];
        while (length > 0)
        {
            var wanted = (int)Math.Min(length, piece.Length);
            if (cutAfter is { } limit)
            {
                wanted = (int)Math.Min(wanted, limit - exchange.BytesSent);
                if (wanted <= 0)
                {
                    await exchange.Http.Response.Body.FlushAsync(exchange.Aborted);
                    exchange.Record(status, null, "the connection was cut on purpose while the body was sent");
                    exchange.Cut();
                    return;
                }
            }

            await stream.ReadExactlyAsync(piece.AsMemory(0, wanted), exchange.Aborted);
            exchange.BytesSent += wanted;
            length -= wanted;
            if (length == 0)
            {
                exchange.Record(status, null);
            }

            await exchange.Http.Response.Body.WriteAsync(piece.AsMemory(0, wanted), exchange.Aborted);
            if (bandwidth is { } rate)
            {
                await exchange.Http.Response.Body.FlushAsync(exchange.Aborted);
                await Task.Delay(TimeSpan.FromSeconds((double)wanted / rate), exchange.Aborted);
            }
        }
    }

    private static string Date(DateTimeOffset time) => time.ToString("r", CultureInfo.InvariantCulture);
}
