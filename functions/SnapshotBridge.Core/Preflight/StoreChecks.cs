using System.Text.Json.Serialization;
using SnapshotBridge.Storage;

namespace SnapshotBridge.Preflight;

/// <summary>A document that exists for a moment only.</summary>
public sealed record PreflightDocument([property: JsonPropertyName("id")] string Id);

[JsonSerializable(typeof(PreflightDocument))]
public sealed partial class PreflightJson : JsonSerializerContext;

/// <summary>What every function needs of the export bucket.</summary>
public sealed class StoreChecks(IDocumentStore documents, string bucket, Checklist list)
{
    /// <summary>Writes a document, lists it, reads it and deletes it, as a run does with its own.</summary>
    public async Task RoundTripAsync(string folder, string id)
    {
        var key = $"{folder}document.json";
        await list.RunAsync("documents", $"s3://{bucket}/bridge/", Remedies.Role, async token =>
        {
            await documents.WriteAsync(key, new PreflightDocument(id), PreflightJson.Default.PreflightDocument, token);
            var read = await documents.ReadAsync(key, PreflightJson.Default.PreflightDocument, token);
            if (read?.Id != id)
            {
                return Finding.Failed($"what was written to {key} reads back differently", "Look for something that changes objects of this bucket, such as a replication or a function.");
            }

            await foreach (var listed in documents.ListAsync(folder, token))
            {
                if (listed.Key == key)
                {
                    return Finding.Ok("written, listed and read with the bucket's encryption");
                }
            }

            return Finding.Failed($"{key} was written but the listing does not show it", Remedies.Role);
        });
        await list.RemoveAsync("documents", $"s3://{bucket}/{key}", token => documents.DeleteAsync(key, token));
    }

    /// <summary>Lists a folder of the bucket, as planning a copy does.</summary>
    public Task<bool> ListingAsync(string prefix) => list.RunAsync("exports.listing", $"s3://{bucket}/{prefix}", Remedies.Role, async token =>
    {
        await foreach (var _ in documents.ListAsync(prefix, token))
        {
            return Finding.Ok("listed; it holds exports");
        }

        return Finding.Ok("listed; it holds nothing yet");
    });
}
