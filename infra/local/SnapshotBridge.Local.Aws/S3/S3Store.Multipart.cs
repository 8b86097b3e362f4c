namespace SnapshotBridge.Local.Aws.S3;

public sealed partial class S3Store
{
    /// <summary>Every part but the last must have this size at least (S3 user guide).</summary>
    internal const long MinPartBytes = 5 * 1024 * 1024;

    private readonly Dictionary<string, S3Upload> _uploads = new(StringComparer.Ordinal);

    /// <summary>How many uploads of the bucket were neither completed nor aborted.</summary>
    /// <exception cref="S3Exception">NoSuchBucket.</exception>
    public int OpenUploads(string bucket) => Uploads(bucket).Count;

    internal S3Upload CreateUpload(string bucket, string key, S3PutOptions options, S3ChecksumType checksumType)
    {
        CheckKey(key);
        lock (_lock)
        {
            Bucket(bucket);
            var upload = new S3Upload(Guid.NewGuid().ToString("N") + Guid.NewGuid().ToString("N"), bucket, key, options, checksumType, Now());
            _uploads.Add(upload.UploadId, upload);
            return upload;
        }
    }

    internal S3Upload FindUpload(string bucket, string key, string uploadId)
    {
        lock (_lock)
        {
            Bucket(bucket);
            return _uploads.TryGetValue(uploadId, out var upload) && upload.Bucket == bucket && upload.Key == key
                ? upload
                : throw S3Exception.NoSuchUpload(uploadId);
        }
    }

    internal IReadOnlyList<S3Upload> Uploads(string bucket)
    {
        lock (_lock)
        {
            Bucket(bucket);
            return
            [
                .. _uploads.Values.Where(upload => upload.Bucket == bucket)
                    .OrderBy(upload => upload.Key, KeyOrder.Instance)
                    .ThenBy(upload => upload.Initiated)
                    .ThenBy(upload => upload.UploadId, StringComparer.Ordinal),
            ];
        }
    }

    internal IReadOnlyList<S3Part> Parts(S3Upload upload)
    {
        lock (_lock)
            return [.. upload.Parts.Values];
    }

    internal async Task<S3Part> PutPartAsync(
        S3Upload upload, int number, Stream content, IReadOnlyList<ContentDigest> digests, Action<ContentDigester, long> beforeCommit,
        CancellationToken cancellationToken)
    {
        var algorithm = upload.Options.ChecksumAlgorithm ?? S3ChecksumAlgorithm.Crc64Nvme;
        using var digester = new ContentDigester(digests.Append(ContentDigester.Of(algorithm)));
        var path = NewPath();
        try
        {
            var size = await WriteFileAsync(path, content, digester, null, cancellationToken);
            beforeCommit(digester, size);
            S3Part? replaced;
            S3Part part;
            lock (_lock)
            {
                if (!_uploads.ContainsKey(upload.UploadId))
                    throw S3Exception.NoSuchUpload(upload.UploadId);
                part = new S3Part(
                    number, size, NewETag(upload.UploadId, $"{number}", Sequencer(), 0), Now(), digester.Result(ContentDigester.Of(algorithm)), path);
                upload.Parts.TryGetValue(number, out replaced);
                upload.Parts[number] = part;
            }

            if (replaced is not null)
                File.Delete(replaced.Path);
            return part;
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>A part is gone, as if it had never come.</summary>
    internal void LosePart(S3Upload upload, int number)
    {
        S3Part? lost;
        lock (_lock)
            upload.Parts.Remove(number, out lost);
        if (lost is not null)
            File.Delete(lost.Path);
    }

    /// <summary>Joins the named parts into the object, in the order that <paramref name="arrange"/> gives them. The upload stays as it was when anything is refused.</summary>
    internal async Task<S3Object> CompleteUploadAsync(
        S3Upload upload, IReadOnlyList<S3CompletedPart> named, Func<IReadOnlyList<S3Part>, IReadOnlyList<S3Part>> arrange, Func<S3PutOptions, S3PutOptions> conditions, Action<S3Checksum?, long> beforeCommit,
        CancellationToken cancellationToken)
    {
        var options = conditions(upload.Options) with { EventName = "ObjectCreated:CompleteMultipartUpload" };
        IReadOnlyList<S3Part> parts;
        lock (_lock)
        {
            CheckConditions(Bucket(upload.Bucket), upload.Key, options);
            parts = arrange(upload.Select(named));
        }

        var path = NewPath();
        try
        {
            var recipe = ChecksumRecipe.For(upload.Bucket, upload.Key, options.ChecksumAlgorithm, ChecksumRules);
            using var digester = new ContentDigester(recipe.Digests);
            var size = await JoinAsync(path, parts, digester, recipe, cancellationToken);
            var ruled = ChecksumRules.Any(rule => rule.When(upload.Bucket, upload.Key));
            var checksum = upload.ChecksumType == S3ChecksumType.Composite && !ruled
                ? ChecksumRecipe.Composite(options.ChecksumAlgorithm!.Value, [.. parts.Select(part => part.Checksum)])
                : recipe.Finish(digester);
            beforeCommit(checksum, size);
            var entry = Commit(upload.Bucket, upload.Key, path, size, checksum, options, [.. parts.Select(part => part.SizeBytes)], upload);
            DeleteParts(upload);
            return entry;
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    internal void RemoveUpload(S3Upload upload)
    {
        bool removed;
        lock (_lock)
            removed = _uploads.Remove(upload.UploadId);
        if (removed)
            DeleteParts(upload);
    }

    private void DeleteParts(S3Upload upload)
    {
        List<S3Part> parts;
        lock (_lock)
        {
            parts = [.. upload.Parts.Values];
            upload.Parts.Clear();
        }

        foreach (var part in parts)
            File.Delete(part.Path);
    }

    private static async Task<long> JoinAsync(
        string path, IReadOnlyList<S3Part> parts, ContentDigester digester, ChecksumRecipe recipe, CancellationToken cancellationToken)
    {
        var block = new byte[BlockBytes];
        long size = 0;
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
        foreach (var part in parts)
        {
            await using var content = OpenFile(part.Path);
            int count;
            while ((count = await content.ReadAsync(block, cancellationToken)) > 0)
            {
                digester.Append(block.AsSpan(0, count));
                recipe.Append(block.AsSpan(0, count));
                await file.WriteAsync(block.AsMemory(0, count), cancellationToken);
                size += count;
            }
        }

        return size;
    }
}
