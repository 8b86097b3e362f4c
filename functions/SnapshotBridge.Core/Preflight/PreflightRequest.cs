using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using SnapshotBridge.Requests;

namespace SnapshotBridge.Preflight;

/// <summary>
/// The payload <c>{"preflight":{"id":"…"}}</c>: the function checks what it needs, with its own role, network, settings and
/// secrets, and does nothing else. The state machine never sends it.
/// </summary>
public sealed partial record PreflightRequest
{
    /// <summary>Names everything that the checks create for a moment: 8 to 32 lower-case letters and digits.</summary>
    [JsonPropertyName("id")]
    public string? Id { get; init; }

    /// <summary>The snapshot to look at; without it StartExport skips that check.</summary>
    [JsonPropertyName("snapshotArn")]
    public string? SnapshotArn { get; init; }

    /// <summary>Where exports go in the OCI bucket, as PlanCopy told it: empty, or a folder with a trailing slash.</summary>
    [JsonPropertyName("destinationPrefix")]
    public string? DestinationPrefix { get; init; }

    /// <summary>Asks PlanCopy to remove what the other functions' checks wrote below <see cref="DocumentsFolder"/>, and to check nothing.</summary>
    [JsonPropertyName("cleanUp")]
    public bool CleanUp { get; init; }

    /// <summary>The folder in the export bucket, among our own documents, of all functions' checks.</summary>
    [JsonIgnore]
    public string DocumentsFolder => $"bridge/preflight-{CheckedId()}/";

    /// <summary>The folder in the OCI bucket that a function's checks use: no run's, because no export task is named so.</summary>
    /// <param name="function">Which function, so that two of them never meet.</param>
    public string DestinationFolder(string function) => $"{DestinationPrefix}preflight-{CheckedId()}/{function}/";

    /// <summary>One function's folder in the export bucket.</summary>
    public string DocumentFolder(string function) => $"{DocumentsFolder}{function}/";

    /// <exception cref="RequestInvalidException">The id is missing or could lead out of the preflight's own folder.</exception>
    public string CheckedId() => Id is { } id && IdShape().IsMatch(id)
        ? id
        : throw new RequestInvalidException([$"preflight.id is '{Id}' but must be 8 to 32 lower-case letters and digits", "run infra/preflight.sh, which sends one"]);

    [GeneratedRegex(@"^[a-z0-9]{8,32}\z", RegexOptions.CultureInvariant)]
    private static partial Regex IdShape();
}
