using System.Security.Cryptography;

namespace SnapshotBridge.Local.Oci;

/// <summary>
/// What the endpoint holds, for tests and scenarios to look at and to tamper with. Thread-safe; bytes are kept in files.
/// </summary>
public sealed class OciStore
{
    private readonly List<string> _issuedParTokens = [];
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OciUser> _users = new(StringComparer.Ordinal);
    private readonly List<OciRequestRecord> _requests = [];
    private readonly string _folder;
    private readonly TimeProvider _time;

    internal OciStore(string ns, string folder, TimeProvider time)
    {
        (Namespace, _folder, _time) = (ns, folder, time);
    }

    public string Namespace { get; }

    /// <summary>All requests so far, in the order in which they ended.</summary>
    public IReadOnlyList<OciRequestRecord> Requests
    {
        get
        {
            lock (_gate)
            {
                return [.. _requests];
            }
        }
    }

    public IReadOnlyList<string> Buckets
    {
        get
        {
            lock (_gate)
            {
                return [.. _buckets.Keys.Order(StringComparer.Ordinal)];
            }
        }
    }

    public void ClearRequests()
    {
        lock (_gate)
        {
            _requests.Clear();
        }
    }

    public void AddUser(OciUser user)
    {
        lock (_gate)
        {
            _users[user.KeyId] = user;
        }
    }

    /// <summary>Deletes the user: its key is no longer accepted and its PARs stop working.</summary>
    public void RemoveUser(OciUser user)
    {
        lock (_gate)
        {
            _users.Remove(user.KeyId);
        }
    }

    public void CreateBucket(string name)
    {
        lock (_gate)
        {
            _buckets.TryAdd(name, new Bucket());
        }
    }

    /// <summary>The objects below a prefix, in the order of listings.</summary>
    public IReadOnlyList<OciStoredObject> List(string bucket, string prefix = "")
    {
        lock (_gate)
        {
            return [.. Of(bucket).Objects.Values.Where(stored => stored.Name.StartsWith(prefix, StringComparison.Ordinal))];
        }
    }

    public OciStoredObject? Find(string bucket, string name)
    {
        lock (_gate)
        {
            return Of(bucket).Objects.GetValueOrDefault(name);
        }
    }

    /// <summary>An object's bytes.</summary>
    public byte[] Read(string bucket, string name)
    {
        using var stream = OpenRead(bucket, name);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>An object's bytes as a stream.</summary>
    public Stream OpenRead(string bucket, string name)
    {
        lock (_gate)
        {
            var stored = Of(bucket).Objects.GetValueOrDefault(name) ?? throw new FileNotFoundException($"There is no object '{name}' in bucket '{bucket}'.");
            return Open(stored.File);
        }
    }

    /// <summary>Plants an object without a request.</summary>
    public OciStoredObject Put(string bucket, string name, ReadOnlySpan<byte> content, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var crc = new Crc32CDigest();
        crc.Append(content);
        var file = NewFile();
        File.WriteAllBytes(file, content);
        var now = _time.GetUtcNow();
#pragma warning disable CA5351 // The service's own checksum.
        var md5 = Convert.ToBase64String(MD5.HashData(content));
#pragma warning restore CA5351
        return Publish(bucket, new OciStoredObject
        {
            Name = name,
            SizeBytes = content.Length,
            ETag = NewETag(),
            Md5 = md5,
            Crc32C = crc.Base64,
            ContentType = "application/octet-stream",
            Metadata = metadata ?? new Dictionary<string, string>(),
            TimeCreated = now,
            TimeModified = now,
            File = file,
        }, Conditions.None);
    }

    /// <summary>Deletes an object without a request. False where there is none.</summary>
    public bool Delete(string bucket, string name) => Remove(bucket, name, ifMatch: null);

    /// <summary>Flips the lowest bit of one stored byte; ETag and checksums stay as they were.</summary>
    public void FlipByte(string bucket, string name, long offset)
    {
        var stored = Find(bucket, name) ?? throw new FileNotFoundException($"There is no object '{name}' in bucket '{bucket}'.");
        using var stream = new FileStream(stored.File, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        stream.Position = offset;
        var value = stream.ReadByte();
        stream.Position = offset;
        stream.WriteByte((byte)(value ^ 1));
    }

    /// <summary>The uploads that were neither committed nor aborted.</summary>
    public IReadOnlyList<OciStoredUpload> Uploads(string bucket)
    {
        lock (_gate)
        {
            return [.. Of(bucket).Uploads.Values.OrderBy(upload => upload.ObjectName, ObjectNameOrder.Instance).ThenBy(upload => upload.TimeCreated).Select(upload => upload.Snapshot())];
        }
    }

    /// <summary>The tokens of all PARs ever created, also of those that are gone: what no log or report may hold.</summary>
    public IReadOnlyList<string> IssuedParTokens
    {
        get
        {
            lock (_gate)
            {
                return [.. _issuedParTokens];
            }
        }
    }

    public IReadOnlyList<OciStoredPar> Pars(string bucket)
    {
        lock (_gate)
        {
            return [.. Of(bucket).Pars.Values.OrderBy(par => par.TimeCreated)];
        }
    }

    /// <summary>Ends all PARs of a bucket now.</summary>
    public void ExpirePars(string bucket)
    {
        lock (_gate)
        {
            var pars = Of(bucket).Pars;
            foreach (var id in pars.Keys.ToList())
            {
                pars[id] = pars[id] with { TimeExpires = DateTimeOffset.MinValue };
            }
        }
    }

    internal void Record(OciRequestRecord record)
    {
        lock (_gate)
        {
            _requests.Add(record);
        }
    }

    internal OciUser? User(string keyId)
    {
        lock (_gate)
        {
            return _users.GetValueOrDefault(keyId);
        }
    }

    internal bool HasBucket(string? name)
    {
        lock (_gate)
        {
            return name is not null && _buckets.ContainsKey(name);
        }
    }

    internal string NewFile() => Path.Combine(_folder, Guid.NewGuid().ToString("N"));

    internal static string NewETag() => Guid.NewGuid().ToString("D");

    internal static FileStream Open(string file) => new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, useAsync: true);

    /// <exception cref="OciProblem">412 where a condition does not hold.</exception>
    internal void Check(string bucket, string name, Conditions conditions)
    {
        lock (_gate)
        {
            conditions.Check(Of(bucket).Objects.GetValueOrDefault(name));
        }
    }

    /// <summary>Checks the conditions and makes the object visible in one step, so that of racing writers one wins.</summary>
    /// <exception cref="OciProblem">412 where a condition does not hold; the object is then as it was.</exception>
    internal OciStoredObject Publish(string bucket, OciStoredObject stored, Conditions conditions)
    {
        OciStoredObject? old;
        lock (_gate)
        {
            var objects = Of(bucket).Objects;
            old = objects.GetValueOrDefault(stored.Name);
            conditions.Check(old);
            stored = old is null ? stored : stored with { TimeCreated = old.TimeCreated };
            objects[stored.Name] = stored;
        }

        if (old is not null)
        {
            File.Delete(old.File);
        }

        return stored;
    }

    internal bool Remove(string bucket, string name, string? ifMatch)
    {
        OciStoredObject? stored;
        lock (_gate)
        {
            var objects = Of(bucket).Objects;
            stored = objects.GetValueOrDefault(name);
            if (stored is null)
            {
                return false;
            }

            new Conditions(CreateOnly: false, ifMatch).Check(stored);
            objects.Remove(name);
        }

        File.Delete(stored.File);
        return true;
    }

    internal void AddUpload(string bucket, Upload upload)
    {
        lock (_gate)
        {
            Of(bucket).Uploads.Add(upload.UploadId, upload);
        }
    }

    /// <exception cref="OciProblem">404 where it is not open for this object.</exception>
    internal Upload FindUpload(string bucket, string name, string? uploadId)
    {
        lock (_gate)
        {
            return Of(bucket).Uploads.TryGetValue(uploadId ?? "", out var upload) && upload.ObjectName == name ? upload : throw OciProblem.UploadNotFound(uploadId);
        }
    }

    internal void SetPart(string bucket, string name, string uploadId, OciStoredPart part)
    {
        OciStoredPart? old;
        lock (_gate)
        {
            var upload = FindUpload(bucket, name, uploadId);
            old = upload.Parts.GetValueOrDefault(part.Number);
            upload.Parts[part.Number] = part;
        }

        if (old is not null)
        {
            File.Delete(old.File);
        }
    }

    internal OciStoredUpload SnapshotUpload(string bucket, string name, string? uploadId)
    {
        lock (_gate)
        {
            return FindUpload(bucket, name, uploadId).Snapshot();
        }
    }

    /// <summary>Takes an upload out, so that only one commit or abort gets it.</summary>
    internal Upload TakeUpload(string bucket, string name, string? uploadId)
    {
        lock (_gate)
        {
            var upload = FindUpload(bucket, name, uploadId);
            Of(bucket).Uploads.Remove(upload.UploadId);
            return upload;
        }
    }

    internal void AddPar(string bucket, OciStoredPar par)
    {
        lock (_gate)
        {
            Of(bucket).Pars.Add(par.Id, par);
            _issuedParTokens.Add(par.Token);
        }
    }

    internal OciStoredPar? FindPar(string bucket, string id)
    {
        lock (_gate)
        {
            return Of(bucket).Pars.GetValueOrDefault(id);
        }
    }

    internal OciStoredPar? FindParByToken(string bucket, string token)
    {
        lock (_gate)
        {
            return _buckets.GetValueOrDefault(bucket)?.Pars.Values.FirstOrDefault(par => par.Token == token);
        }
    }

    internal bool RemovePar(string bucket, string id)
    {
        lock (_gate)
        {
            return Of(bucket).Pars.Remove(id);
        }
    }

    private Bucket Of(string name) => _buckets.GetValueOrDefault(name) ?? throw new KeyNotFoundException($"There is no bucket '{name}'.");

    /// <summary>What a write demands of the object that has the name now.</summary>
    internal readonly record struct Conditions(bool CreateOnly, string? IfMatch)
    {
        public static Conditions None => default;

        public void Check(OciStoredObject? existing)
        {
            if (CreateOnly && existing is not null)
            {
                throw OciProblem.IfNoneMatch();
            }

            if (IfMatch is not null && IfMatch != existing?.ETag && !(IfMatch == "*" && existing is not null))
            {
                throw OciProblem.IfMatch();
            }
        }
    }

    internal sealed class Upload
    {
        public required string ObjectName { get; init; }

        public required string UploadId { get; init; }

        public required string ContentType { get; init; }

        public required IReadOnlyDictionary<string, string> Metadata { get; init; }

        public required string? Algorithm { get; init; }

        public required DateTimeOffset TimeCreated { get; init; }

        public SortedDictionary<int, OciStoredPart> Parts { get; } = [];

        public OciStoredUpload Snapshot() => new(ObjectName, UploadId, TimeCreated, [.. Parts.Values]);
    }

    private sealed class Bucket
    {
        public SortedDictionary<string, OciStoredObject> Objects { get; } = new(ObjectNameOrder.Instance);

        public Dictionary<string, Upload> Uploads { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, OciStoredPar> Pars { get; } = new(StringComparer.Ordinal);
    }
}
