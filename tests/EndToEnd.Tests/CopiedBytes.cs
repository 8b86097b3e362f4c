using SnapshotBridge.Local.Cloud;

namespace SnapshotBridge.EndToEnd.Tests;

/// <summary>Compares what OCI holds with what S3 holds.</summary>
internal static class CopiedBytes
{
    /// <summary>
    /// Every Parquet object at the destination must be byte for byte one of the source's, and there must be no open
    /// upload; where the copy has ended, every object of the source must be there.
    /// </summary>
    public static async Task AssertEqualAsync(LocalCloud cloud, bool mustBeComplete)
    {
        var source = cloud.Aws.S3Store.List(LocalCloud.ExportBucket, "exports/")
            .Where(stored => stored.Key.EndsWith(".parquet", StringComparison.Ordinal))
            .ToDictionary(stored => stored.Key["exports/".Length..]);
        var destination = cloud.Oci.Store.List(LocalCloud.OciBucket)
            .Where(stored => !stored.Name.EndsWith("/_MANIFEST.json", StringComparison.Ordinal))
            .ToList();
        foreach (var stored in destination)
        {
            Assert.True(source.TryGetValue(stored.Name, out var original), $"{stored.Name} is at the destination but not in the export.");
            var expected = await cloud.Aws.S3Store.ReadAsync(LocalCloud.ExportBucket, original.Key, TestContext.Current.CancellationToken);
            Assert.True(cloud.Oci.Store.Read(LocalCloud.OciBucket, stored.Name).AsSpan().SequenceEqual(expected), $"{stored.Name} differs from the export.");
        }

        if (mustBeComplete)
        {
            var copied = destination.Select(stored => stored.Name).ToHashSet();
            var exports = copied.Select(name => name.Split('/')[0]).ToHashSet();
            Assert.Equal(source.Keys.Where(key => exports.Contains(key.Split('/')[0])).Order(), copied.Order());
            Assert.Empty(cloud.Oci.Store.Uploads(LocalCloud.OciBucket));
        }
    }
}
