using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SnapshotBridge.Local.Aws.S3;

/// <summary>
/// The objects behind the S3 endpoint: bytes in files, everything else in memory. Writes are atomic: a reader sees the old
/// object or the new one, and an object whose upload failed never existed. Safe for concurrent use.
/// </summary>
public sealed partial class S3Store : IDisposable
{
    private const int BlockBytes = 128 * 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, S3Bucket> _buckets = new(StringComparer.Ordinal);
    private readonly S3StoreOptions _options;
    private readonly string _folder;
    private long _sequence;

    /// <summary>Opens an empty store.</summary>
    public S3Store(S3StoreOptions options)
    {
        _options = options;
        _folder = Directory.CreateDirectory(Path.Combine(options.Folder, "s3-" + Guid.NewGuid().ToString("N"))).FullName;
        ChecksumRules = options.ChecksumRules;
    }

    /// <summary>Raised after an object has appeared, outside all locks, on the writer's thread.</summary>
    public event EventHandler<S3ObjectCreatedEventArgs>? ObjectCreated;

    /// <summary>Overrides which checksum is stored with objects put from now on.</summary>
    public IReadOnlyList<S3ChecksumRule> ChecksumRules { get; set; }

    /// <summary>The KMS key that every object is said to be encrypted with.</summary>
    public string KmsKeyArn => _options.KmsKeyArn;

    /// <summary>The notification rules that a bucket's configuration shows.</summary>
    public IReadOnlyList<S3NotificationRule> NotificationRules { get; set; } = [];

    /// <summary>Whether the buckets' configuration says that EventBridge gets their events.</summary>
    public bool SendsToEventBridge { get; set; }

    /// <summary>The buckets with the time of their creation, by name.</summary>
    public IReadOnlyList<(string Name, DateTimeOffset Created)> Buckets
    {
        get
        {
            lock (_lock)
                return [.. _buckets.Values.OrderBy(bucket => bucket.Name, StringComparer.Ordinal).Select(bucket => (bucket.Name, bucket.Created))];
        }
    }

    /// <summary>Creates a bucket; one that exists already is left as it is.</summary>
    /// <returns>Whether it is new.</returns>
    /// <exception cref="S3Exception">InvalidBucketName.</exception>
    public bool CreateBucket(string bucket)
    {
        if (!BucketNames.IsValid(bucket))
            throw new S3Exception("InvalidBucketName", "The specified bucket is not valid.", 400) { Details = [("BucketName", bucket)] };
        lock (_lock)
            return _buckets.TryAdd(bucket, new S3Bucket(bucket, Now()));
    }

    /// <summary>Whether the bucket exists.</summary>
    public bool BucketExists(string bucket)
    {
        lock (_lock)
            return _buckets.ContainsKey(bucket);
    }

    /// <exception cref="S3Exception">NoSuchBucket, BucketNotEmpty.</exception>
    public void DeleteBucket(string bucket)
    {
        lock (_lock)
        {
            if (Bucket(bucket).Count > 0)
                throw new S3Exception("BucketNotEmpty", "The bucket you tried to delete is not empty", 409) { Details = [("BucketName", bucket)] };
            _buckets.Remove(bucket);
        }
    }

    /// <summary>Stores an object read to the end of <paramref name="content"/>.</summary>
    /// <exception cref="S3Exception">NoSuchBucket, KeyTooLongError, PreconditionFailed.</exception>
    public async Task<S3Object> PutAsync(
        string bucket, string key, Stream content, S3PutOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new S3PutOptions();
        CheckKey(key);
        lock (_lock)
            CheckConditions(Bucket(bucket), key, options);

        var recipe = ChecksumRecipe.For(bucket, key, options.ChecksumAlgorithm, ChecksumRules);
        using var digester = new ContentDigester(options.Digests.Concat(recipe.Digests));
        var path = NewPath();
        try
        {
            var size = await WriteFileAsync(path, content, digester, recipe, cancellationToken);
            options.BeforeCommit?.Invoke(digester, size);
            return Commit(bucket, key, path, size, recipe.Finish(digester), options, []);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Stores an object from memory.</summary>
    /// <exception cref="S3Exception">NoSuchBucket, KeyTooLongError, PreconditionFailed.</exception>
    public async Task<S3Object> PutAsync(
        string bucket, string key, ReadOnlyMemory<byte> content, S3PutOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var stream = new MemoryStream(content.ToArray(), writable: false);
        return await PutAsync(bucket, key, stream, options, cancellationToken);
    }

    /// <summary>The object, or null where there is none.</summary>
    /// <exception cref="S3Exception">NoSuchBucket.</exception>
    public S3Object? Find(string bucket, string key)
    {
        lock (_lock)
            return Bucket(bucket).Find(key);
    }

    /// <summary>The object and a stream over its bytes, which stays valid when the object is replaced or deleted meanwhile.</summary>
    /// <exception cref="S3Exception">NoSuchBucket, NoSuchKey.</exception>
    public (S3Object Object, FileStream Content) Open(string bucket, string key)
    {
        // Opened under the lock, so that the file cannot be unlinked between look-up and open.
        lock (_lock)
        {
            var entry = Bucket(bucket).Find(key) ?? throw S3Exception.NoSuchKey(key);
            return (entry, OpenFile(entry.Path));
        }
    }

    /// <summary>All bytes of the object.</summary>
    /// <exception cref="S3Exception">NoSuchBucket, NoSuchKey.</exception>
    public async Task<byte[]> ReadAsync(string bucket, string key, CancellationToken cancellationToken = default)
    {
        var (entry, content) = Open(bucket, key);
        await using (content)
        {
            var bytes = new byte[entry.SizeBytes];
            await content.ReadExactlyAsync(bytes, cancellationToken);
            return bytes;
        }
    }

    /// <summary>All objects whose key begins with <paramref name="prefix"/>, in S3's order.</summary>
    /// <exception cref="S3Exception">NoSuchBucket.</exception>
    public IReadOnlyList<S3Object> List(string bucket, string prefix = "")
    {
        var sorted = Sorted(bucket);
        var from = FirstAtOrAfter(sorted, prefix);
        var to = from;
        while (to < sorted.Length && sorted[to].Key.StartsWith(prefix, StringComparison.Ordinal))
            to++;
        return sorted[from..to];
    }

    /// <summary>Deletes an object.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="S3Exception">NoSuchBucket.</exception>
    public bool Delete(string bucket, string key)
    {
        S3Object? removed;
        lock (_lock)
            removed = Bucket(bucket).Remove(key);
        if (removed is null)
            return false;
        File.Delete(removed.Path);
        return true;
    }

    /// <summary>Deletes all bytes.</summary>
    public void Dispose()
    {
        lock (_lock)
            _buckets.Clear();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    internal S3Object[] Sorted(string bucket)
    {
        lock (_lock)
            return Bucket(bucket).Sorted();
    }

    /// <summary>The index of the first object whose key is not below <paramref name="key"/>.</summary>
    internal static int FirstAtOrAfter(S3Object[] sorted, string key)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (KeyOrder.Instance.Compare(sorted[middle].Key, key) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Compares a condition's ETag, which clients send with or without quotes.</summary>
    internal static bool SameETag(string stored, string given)
    {
        given = given.Trim();
        if (given.StartsWith("W/", StringComparison.Ordinal))
            given = given[2..];
        return given == "*" || stored.Trim('"') == given.Trim('"');
    }

    private static void CheckKey(string key)
    {
        // 1,024 bytes of UTF-8, S3 user guide.
        if (key.Length == 0)
            throw S3Exception.InvalidArgument("Key", key, "A key must not be empty.");
        if (Encoding.UTF8.GetByteCount(key) is > 1024 and var length)
            throw new S3Exception("KeyTooLongError", "Your key is too long", 400) { Details = [("Size", $"{length}"), ("MaxSizeAllowed", "1024")] };
    }

    private static void CheckConditions(S3Bucket bucket, string key, S3PutOptions options)
    {
        var existing = bucket.Find(key);
        if (options.IfAbsent && existing is not null)
            throw S3Exception.PreconditionFailed("If-None-Match");
        if (options.IfMatch is null)
            return;
        if (existing is null)
            throw S3Exception.NoSuchKey(key);
        if (!SameETag(existing.ETag, options.IfMatch))
            throw S3Exception.PreconditionFailed("If-Match");
    }

    private static async Task<long> WriteFileAsync(
        string path, Stream content, ContentDigester digester, ChecksumRecipe? recipe, CancellationToken cancellationToken)
    {
        var block = new byte[BlockBytes];
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
        long size = 0;
        int count;
        while ((count = await content.ReadAsync(block, cancellationToken)) > 0)
        {
            digester.Append(block.AsSpan(0, count));
            recipe?.Append(block.AsSpan(0, count));
            await file.WriteAsync(block.AsMemory(0, count), cancellationToken);
            size += count;
        }

        return size;
    }

    private static FileStream OpenFile(string path)
        => new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, useAsync: true);

    private S3Object Commit(
        string bucket, string key, string path, long size, S3Checksum? checksum, S3PutOptions options, IReadOnlyList<long> partSizes,
        S3Upload? completed = null)
    {
        S3Object? replaced;
        S3Object entry;
        lock (_lock)
        {
            var owner = Bucket(bucket);
            CheckConditions(owner, key, options);
            // Of two completions of one upload the second finds it gone.
            if (completed is not null && !_uploads.Remove(completed.UploadId))
                throw S3Exception.NoSuchUpload(completed.UploadId);
            var sequencer = Sequencer();
            entry = new S3Object
            {
                Bucket = bucket,
                Key = key,
                SizeBytes = size,
                ETag = NewETag(bucket, key, sequencer, partSizes.Count),
                LastModified = Now(),
                Sequencer = sequencer,
                Checksum = checksum,
                ContentType = options.ContentType,
                Headers = options.Headers,
                Metadata = options.Metadata,
                PartSizes = partSizes,
                Path = path,
            };
            replaced = owner.Put(entry);
        }

        if (replaced is not null)
            File.Delete(replaced.Path);
        ObjectCreated?.Invoke(this, new S3ObjectCreatedEventArgs(entry, options.EventName));
        return entry;
    }

    /// <summary>Looks like an MD5 and is none, as with SSE-KMS: another one even for the same bytes written again.</summary>
    private static string NewETag(string bucket, string key, string sequencer, int parts)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{bucket}\n{key}\n{sequencer}"));
        return parts == 0
            ? $"\"{Convert.ToHexStringLower(hash.AsSpan(0, 16))}\""
            : $"\"{Convert.ToHexStringLower(hash.AsSpan(0, 16))}-{parts}\"";
    }

    private S3Bucket Bucket(string bucket) => _buckets.TryGetValue(bucket, out var found) ? found : throw S3Exception.NoSuchBucket(bucket);

    private string NewPath() => Path.Combine(_folder, Guid.NewGuid().ToString("N"));

    private string Sequencer()
        => (_options.Clock.GetUtcNow().ToUnixTimeMilliseconds() << 20 | (++_sequence & 0xFFFFF)).ToString("X18", CultureInfo.InvariantCulture);

    private DateTimeOffset Now()
    {
        var now = _options.Clock.GetUtcNow();
        return new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
    }
}
