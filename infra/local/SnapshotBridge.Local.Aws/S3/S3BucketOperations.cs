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

    /// <summary>Every object here is encrypted with the store's key, as with a bucket key by default.</summary>
    public Task GetBucketEncryptionAsync(S3Call call)
    {
        Require(call);
        return call.WriteXmlAsync(200, S3Xml.Document("ServerSideEncryptionConfiguration", writer =>
        {
            writer.WriteStartElement("Rule", S3Xml.Namespace);
            writer.WriteStartElement("ApplyServerSideEncryptionByDefault", S3Xml.Namespace);
            writer.WriteElementString("SSEAlgorithm", S3Xml.Namespace, "aws:kms");
            writer.WriteElementString("KMSMasterKeyID", S3Xml.Namespace, store.KmsKeyArn);
            writer.WriteEndElement();
            writer.WriteElementString("BucketKeyEnabled", S3Xml.Namespace, "true");
            writer.WriteEndElement();
        }));
    }

    /// <summary>The rules that the store was told of; they are carried out by <see cref="S3Notifications"/>.</summary>
    public Task GetBucketNotificationConfigurationAsync(S3Call call)
    {
        Require(call);
        return call.WriteXmlAsync(200, S3Xml.Document("NotificationConfiguration", writer =>
        {
            foreach (var rule in store.NotificationRules.Where(rule => rule.Bucket == call.Bucket))
            {
                writer.WriteStartElement("CloudFunctionConfiguration", S3Xml.Namespace);
                writer.WriteElementString("CloudFunction", S3Xml.Namespace, rule.FunctionArn);
                writer.WriteElementString("Event", S3Xml.Namespace, "s3:ObjectCreated:*");
                writer.WriteStartElement("Filter", S3Xml.Namespace);
                writer.WriteStartElement("S3Key", S3Xml.Namespace);
                foreach (var (name, value) in new[] { ("Prefix", rule.Prefix), ("Suffix", rule.Suffix) })
                {
                    writer.WriteStartElement("FilterRule", S3Xml.Namespace);
                    writer.WriteElementString("Name", S3Xml.Namespace, name);
                    writer.WriteElementString("Value", S3Xml.Namespace, value);
                    writer.WriteEndElement();
                }

                writer.WriteEndElement();
                writer.WriteEndElement();
                writer.WriteEndElement();
            }

            if (store.SendsToEventBridge)
                writer.WriteElementString("EventBridgeConfiguration", S3Xml.Namespace, "");
        }));
    }

    private void Require(S3Call call)
    {
        if (!store.BucketExists(call.Bucket))
            throw S3Exception.NoSuchBucket(call.Bucket);
    }
}
