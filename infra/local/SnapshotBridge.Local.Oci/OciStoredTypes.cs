namespace SnapshotBridge.Local.Oci;

/// <summary>An object as it is stored.</summary>
public sealed record OciStoredObject
{
    public required string Name { get; init; }

    public required long SizeBytes { get; init; }

    /// <summary>A UUID, as on the service; never an MD5.</summary>
    public required string ETag { get; init; }

    /// <summary>Base64 MD5 of a whole put; null for multipart.</summary>
    public string? Md5 { get; init; }

    /// <summary>For multipart: base64 MD5 over the parts' MD5s, and <c>-count</c>.</summary>
    public string? MultipartMd5 { get; init; }

    /// <summary>Base64 CRC32C over the stored bytes; null unless the writer asked for the algorithm.</summary>
    public string? Crc32C { get; init; }

    public string? Sha256 { get; init; }

    public string? Sha384 { get; init; }

    public required string ContentType { get; init; }

    /// <summary>User metadata in lower case without <c>opc-meta-</c>.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeModified { get; init; }

    internal string File { get; init; } = "";
}

/// <summary>An open multipart upload.</summary>
public sealed record OciStoredUpload(string ObjectName, string UploadId, DateTimeOffset TimeCreated, IReadOnlyList<OciStoredPart> Parts);

/// <summary>A part of an open upload.</summary>
public sealed record OciStoredPart(int Number, string ETag, long SizeBytes, string Md5, bool DeclaredCrc32C)
{
    internal string File { get; init; } = "";
}

/// <summary>A pre-authenticated request, without its token.</summary>
public sealed record OciStoredPar
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>The object, or the prefix for the AnyObject types; null for the whole bucket.</summary>
    public string? ObjectName { get; init; }

    public required string AccessType { get; init; }

    public required bool AllowsListing { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public required DateTimeOffset TimeExpires { get; init; }

    internal string Token { get; init; } = "";

    internal OciUser? Creator { get; init; }

    internal bool Covers(string name) => AccessType.StartsWith("AnyObject", StringComparison.Ordinal)
        ? ObjectName is null || name.StartsWith(ObjectName, StringComparison.Ordinal)
        : name == ObjectName;

    internal bool Reads => AccessType.EndsWith("Read", StringComparison.Ordinal) || AccessType.EndsWith("ReadWrite", StringComparison.Ordinal);

    internal bool Writes => AccessType.EndsWith("Write", StringComparison.Ordinal);

    /// <summary>What its creator must be allowed to do, at creation and on every use.</summary>
    internal OciPermissions Grants =>
        (Reads ? OciPermissions.ObjectRead : OciPermissions.None)
        | (Writes ? OciPermissions.ObjectCreate | OciPermissions.ObjectOverwrite : OciPermissions.None);
}
