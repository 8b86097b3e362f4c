namespace SnapshotBridge.Local.Aws.S3;

/// <summary>The operations on buckets themselves.</summary>
internal sealed class S3BucketOperations(S3Store store, string region, string ownerId)
{
    /// <summary>The region whose buckets have an empty location, and where creating one's own bucket again succeeds.</summary>
    private const string Classic = "us-east-1";

    public Task ListBucketsAsync(S3Call call)
        => call.WriteXmlAsync(200, S3Xml.Document("ListAllMyBucketsResult", writer =>
        {
            writer.Group("Owner", () => writer.Element("ID", ownerId));
            writer.Group("Buckets", () =>
            {
                foreach (var (name, created) in store.Buckets)
                {
                    writer.Group("Bucket", () =>
                    {
                        writer.Element("Name", name);
                        writer.Element("CreationDate", created);
                    });
                }
            });
        }));

    public async Task CreateBucketAsync(S3Call call)
    {
        var document = await S3RequestBody.ReadDocumentAsync(call, requireIntegrity: false);
        var location = document?.Child("LocationConstraint") ?? "";
        if (location != (region == Classic ? "" : region))
        {
            throw new S3Exception("IllegalLocationConstraintException",
                $"The {(location.Length == 0 ? "unspecified" : location)} location constraint is incompatible for the region specific endpoint this request was sent to.",
                400);
        }

        if (!store.CreateBucket(call.Bucket) && region != Classic)
        {
            throw new S3Exception("BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.", 409)
            {
                Details = [("BucketName", call.Bucket)],
            };
        }

        call.Response.Headers.Location = "/" + call.Bucket;
        call.Response.ContentLength = 0;
    }

    public Task HeadBucketAsync(S3Call call)
    {
        Require(call);
        call.Response.Headers["x-amz-bucket-region"] = region;
        call.Response.ContentType = "application/xml";
        return Task.CompletedTask;
    }

    public Task DeleteBucketAsync(S3Call call)
    {
        store.DeleteBucket(call.Bucket);
        call.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    public Task GetBucketLocationAsync(S3Call call)
    {
        Require(call);
        return call.WriteXmlAsync(200, S3Xml.Document("LocationConstraint", writer =>
        {
            if (region != Classic)
                writer.WriteString(region);
        }));
    }

    /// <summary>Buckets here are never versioned; clients ask before they delete.</summary>
    public Task GetBucketVersioningAsync(S3Call call)
    {
        Require(call);
        return call.WriteXmlAsync(200, S3Xml.Document("VersioningConfiguration", _ => { }));
    }

    private void Require(S3Call call)
    {
        if (!store.BucketExists(call.Bucket))
            throw S3Exception.NoSuchBucket(call.Bucket);
    }
}
