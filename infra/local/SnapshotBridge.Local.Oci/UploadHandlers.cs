using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.Oci;

/// <summary>Multipart uploads.</summary>
internal static class UploadHandlers
{
    /// <summary>Parts are numbered 1 to 10,000 (service limit).</summary>
    private const int MaximumPartNumber = 10_000;

    public static async Task CreateAsync(OciExchange exchange, TimeProvider time)
    {
        using var body = Parse(exchange);
        var name = Text(body.RootElement, "object") ?? throw OciProblem.Invalid("InvalidParameter", "object is required");
        ObjectHandlers.CheckName(name);
        var metadata = body.RootElement.TryGetProperty("metadata", out var entries) && entries.ValueKind == JsonValueKind.Object
            ? entries.EnumerateObject().Select(entry => new KeyValuePair<string, string>(entry.Name, entry.Value.GetString() ?? ""))
            : [];
        exchange.Store.Check(exchange.Bucket, name, ObjectHandlers.ConditionsOf(exchange));
        var upload = new OciStore.Upload
        {
            ObjectName = name,
            UploadId = Guid.NewGuid().ToString("D"),
            ContentType = Text(body.RootElement, "contentType") ?? "application/octet-stream",
            Metadata = ObjectHandlers.MetadataOf(metadata),
            Algorithm = ObjectHandlers.AlgorithmOf(exchange),
            TimeCreated = time.GetUtcNow(),
        };
        exchange.Store.AddUpload(exchange.Bucket, upload);
        await exchange.AnswerJsonAsync(200, Describe(exchange, upload.Snapshot()));
    }

    public static async Task PartAsync(OciExchange exchange)
    {
        if (exchange.Info.PartNumber is not (>= 1 and <= MaximumPartNumber))
        {
            throw OciProblem.Invalid("InvalidUploadPart", $"uploadPartNum must be from 1 to {MaximumPartNumber}, not '{exchange.Query("uploadPartNum")}'");
        }

        var (number, uploadId) = (exchange.Info.PartNumber.Value, exchange.Query("uploadId")!);
        exchange.Store.FindUpload(exchange.Bucket, exchange.Name, uploadId);
        exchange.Store.Check(exchange.Bucket, exchange.Name, ObjectHandlers.ConditionsOf(exchange) with { IfMatch = null });
        var algorithm = ObjectHandlers.AlgorithmOf(exchange);
        var body = await BodyReceiver.ReceiveAsync(exchange);
        var part = new OciStoredPart(number, OciStore.NewETag(), body.SizeBytes, body.Md5, algorithm == "CRC32C") { File = body.File };
        if (exchange.Fault<OciFaultAction.LosePart>() is not null)
        {
            File.Delete(body.File);
        }
        else
        {
            try
            {
                exchange.Store.SetPart(exchange.Bucket, exchange.Name, uploadId, part);
            }
            catch (OciProblem)
            {
                File.Delete(body.File);
                throw;
            }
        }

        exchange.Set("etag", part.ETag);
        exchange.Set("opc-content-md5", part.Md5);
        exchange.Set("opc-content-crc32c", part.DeclaredCrc32C ? body.Crc32C : null);
        await exchange.AnswerAsync(200);
    }

    public static async Task CommitAsync(OciExchange exchange, TimeProvider time)
    {
        using var body = Parse(exchange);
        var conditions = ObjectHandlers.ConditionsOf(exchange);
        exchange.Store.Check(exchange.Bucket, exchange.Name, conditions);
        var snapshot = exchange.Store.SnapshotUpload(exchange.Bucket, exchange.Name, exchange.Query("uploadId"));
        var chosen = Choose(snapshot, body.RootElement);

        // Taken out first, so that of two commits only one puts the parts together; put back where it fails.
        var upload = exchange.Store.TakeUpload(exchange.Bucket, exchange.Name, snapshot.UploadId);
        OciStoredObject stored;
        try
        {
            stored = await AssembleAsync(exchange, upload, chosen, time.GetUtcNow());
            try
            {
                stored = exchange.Store.Publish(exchange.Bucket, stored, conditions);
            }
            catch
            {
                File.Delete(stored.File);
                throw;
            }
        }
        catch
        {
            exchange.Store.AddUpload(exchange.Bucket, upload);
            throw;
        }

        DeleteFiles(upload);
        exchange.Set("etag", stored.ETag);
        exchange.Set("opc-multipart-md5", stored.MultipartMd5);
        exchange.Set("opc-content-crc32c", stored.Crc32C);
        exchange.Set("last-modified", stored.TimeModified.ToString("r", CultureInfo.InvariantCulture));
        await exchange.AnswerAsync(200);
    }

    public static async Task AbortAsync(OciExchange exchange)
    {
        DeleteFiles(exchange.Store.TakeUpload(exchange.Bucket, exchange.Name, exchange.Query("uploadId")));
        await exchange.AnswerAsync(204);
    }

    public static Task ListPartsAsync(OciExchange exchange)
    {
        var upload = exchange.Store.SnapshotUpload(exchange.Bucket, exchange.Name, exchange.Query("uploadId"));

        // No CRC here: the service does not list it either.
        return exchange.AnswerJsonAsync(200, ListHandlers.Page(exchange, upload.Parts, part => new JsonObject
        {
            ["partNumber"] = part.Number,
            ["etag"] = part.ETag,
            ["md5"] = part.Md5,
            ["size"] = part.SizeBytes,
        }));
    }

    public static Task ListAsync(OciExchange exchange) =>
        exchange.AnswerJsonAsync(200, ListHandlers.Page(exchange, exchange.Store.Uploads(exchange.Bucket), upload => Describe(exchange, upload)));

    private static List<OciStoredPart> Choose(OciStoredUpload upload, JsonElement body)
    {
        if (!body.TryGetProperty("partsToCommit", out var commit) || commit.ValueKind != JsonValueKind.Array || commit.GetArrayLength() == 0)
        {
            throw OciProblem.Invalid("InvalidUploadPart", "partsToCommit must name at least one part");
        }

        var parts = upload.Parts.ToDictionary(part => part.Number);
        var chosen = new List<OciStoredPart>();
        foreach (var item in commit.EnumerateArray())
        {
            var number = item.TryGetProperty("partNum", out var value) && value.TryGetInt32(out var read) ? read : 0;
            if (!parts.TryGetValue(number, out var part) || Text(item, "etag") != part.ETag)
            {
                throw OciProblem.Invalid("InvalidUploadPart", $"Part {number} was not uploaded or has another ETag");
            }

            if (chosen.Count > 0 && chosen[^1].Number >= number)
            {
                throw OciProblem.Invalid("InvalidUploadPartOrder", $"Part {number} does not follow part {chosen[^1].Number}");
            }

            chosen.Add(part);
        }

        var excluded = body.TryGetProperty("partsToExclude", out var exclude) && exclude.ValueKind == JsonValueKind.Array
            ? exclude.EnumerateArray().Select(item => item.TryGetInt32(out var number) ? number : 0).ToHashSet()
            : [];
        if (chosen.FirstOrDefault(part => excluded.Contains(part.Number)) is { } both)
        {
            throw OciProblem.Invalid("InvalidUploadPart", $"Part {both.Number} is both to commit and to exclude");
        }

        var committed = chosen.Select(part => part.Number).ToHashSet();
        return parts.Keys.FirstOrDefault(number => !committed.Contains(number) && !excluded.Contains(number)) is var forgotten and not 0
            ? throw OciProblem.Invalid("InvalidUploadPart", $"Part {forgotten} is neither to commit nor to exclude")
            : chosen;
    }

    /// <summary>Puts the parts into one file and computes its checksum over the bytes that are really there.</summary>
    private static async Task<OciStoredObject> AssembleAsync(OciExchange exchange, OciStore.Upload upload, List<OciStoredPart> chosen, DateTimeOffset now)
    {
        var ordered = Repeated(Swapped(chosen, exchange.Fault<OciFaultAction.SwapParts>()), exchange.Fault<OciFaultAction.RepeatPart>());
        var file = exchange.Store.NewFile();
        var crc = new Crc32CDigest();
        long size = 0;
        await using (var whole = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true))
        {
            var piece = new byte[128 * 1024];
            foreach (var part in ordered)
            {
                await using var stream = OciStore.Open(part.File);
                int read;
                while ((read = await stream.ReadAsync(piece, CancellationToken.None)) > 0)
                {
                    crc.Append(piece.AsSpan(0, read));
                    size += read;
                    await whole.WriteAsync(piece.AsMemory(0, read), CancellationToken.None);
                }
            }
        }

#pragma warning disable CA5351 // The service's own checksum.
        var md5 = MD5.HashData([.. chosen.SelectMany(part => Convert.FromBase64String(part.Md5))]);
#pragma warning restore CA5351
        return new OciStoredObject
        {
            Name = upload.ObjectName,
            SizeBytes = size,
            ETag = OciStore.NewETag(),
            MultipartMd5 = $"{Convert.ToBase64String(md5)}-{chosen.Count}",
            Crc32C = upload.Algorithm == "CRC32C" && chosen.All(part => part.DeclaredCrc32C) ? crc.Base64 : null,
            ContentType = upload.ContentType,
            Metadata = upload.Metadata,
            TimeCreated = now,
            TimeModified = now,
            File = file,
        };
    }

    private static List<OciStoredPart> Swapped(List<OciStoredPart> parts, OciFaultAction.SwapParts? swap)
    {
        if (swap is null)
        {
            return parts;
        }

        var ordered = parts.ToList();
        var (first, second) = (ordered.FindIndex(part => part.Number == swap.First), ordered.FindIndex(part => part.Number == swap.Second));
        if (first >= 0 && second >= 0)
        {
            (ordered[first], ordered[second]) = (ordered[second], ordered[first]);
        }

        return ordered;
    }

    private static List<OciStoredPart> Repeated(List<OciStoredPart> parts, OciFaultAction.RepeatPart? repeat)
    {
        var repeated = parts.Find(part => part.Number == repeat?.Part);
        return repeated is null ? parts : [.. parts.Select(part => part.Number == repeat!.InPlaceOf ? repeated : part)];
    }

    private static void DeleteFiles(OciStore.Upload upload)
    {
        foreach (var part in upload.Parts.Values)
        {
            File.Delete(part.File);
        }
    }

    private static JsonObject Describe(OciExchange exchange, OciStoredUpload upload) => new()
    {
        ["namespace"] = exchange.Store.Namespace,
        ["bucket"] = exchange.Bucket,
        ["object"] = upload.ObjectName,
        ["uploadId"] = upload.UploadId,
        ["timeCreated"] = ListHandlers.Time(upload.TimeCreated),
    };

    public static JsonDocument Parse(OciExchange exchange)
    {
        try
        {
            var document = JsonDocument.Parse(exchange.JsonBody);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw OciProblem.Invalid("InvalidJSON", "The body must be a JSON object");
        }
        catch (JsonException)
        {
            throw OciProblem.Invalid("InvalidJSON", "The body is not valid JSON");
        }
    }

    public static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
