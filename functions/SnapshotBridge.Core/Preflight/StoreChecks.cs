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
    /// <summary>Writes a document and reads it. It stays until <see cref="RemoveAsync"/> or <see cref="CleanUpAsync"/>: not every function may delete.</summary>
    public Task<bool> WriteAndReadAsync(string folder, string id) => list.RunAsync("documents", $"s3://{bucket}/bridge/", Remedies.Role, async token =>
    {
        var key = Key(folder);
        await documents.WriteAsync(key, new PreflightDocument(id), PreflightJson.Default.PreflightDocument, token);
        return (await documents.ReadAsync(key, PreflightJson.Default.PreflightDocument, token))?.Id == id
            ? Finding.Ok("written and read with the bucket's encryption")
            : Finding.Failed($"what was written to {key} reads back differently", "Look for something that changes objects of this bucket, such as a replication or a function.");
    });

    /// <summary>Deletes the document of <see cref="WriteAndReadAsync"/>.</summary>
    public Task RemoveAsync(string folder) => list.RemoveAsync("documents", $"s3://{bucket}/{Key(folder)}", token => documents.DeleteAsync(Key(folder), token));

    /// <summary>Deletes all documents of a preflight, also those of functions that may not delete or were killed.</summary>
    public Task CleanUpAsync(string folder) => list.RemoveAsync("documents", $"s3://{bucket}/{folder}", async token =>
    {
        var keys = new List<string>();
        await foreach (var listed in documents.ListAsync(folder, token))
        {
            keys.Add(listed.Key);
        }

        foreach (var key in keys)
        {
            await documents.DeleteAsync(key, token);
        }
    });

    /// <summary>Lists a folder of the bucket, as planning a copy does.</summary>
    public Task<bool> ListingAsync(string prefix) => list.RunAsync("exports.listing", $"s3://{bucket}/{prefix}", Remedies.Role, async token =>
    {
        await foreach (var _ in documents.ListAsync(prefix, token))
        {
            return Finding.Ok("listed; it holds exports");
        }

        return Finding.Ok("listed; it holds nothing yet");
    });

    private static string Key(string folder) => $"{folder}document.json";
}
