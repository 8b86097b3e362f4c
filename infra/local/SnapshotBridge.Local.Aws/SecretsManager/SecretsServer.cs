using System.Text.Json;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.Aws.Protocols;

namespace SnapshotBridge.Local.Aws.SecretsManager;

/// <summary>Secrets Manager on the loopback interface.</summary>
public sealed class SecretsServer : IAsyncDisposable
{
    private const string CurrentStage = "AWSCURRENT";
    private const string PreviousStage = "AWSPREVIOUS";
    private static readonly AwsJsonService Service = new("secretsmanager", "secretsmanager", "1.1");

    private AwsJsonServer? _server;

    private SecretsServer(SecretsStore store) => Store = store;

    /// <summary>Where it listens.</summary>
    public Uri Endpoint => _server!.Endpoint;

    /// <summary>The secrets behind it.</summary>
    public SecretsStore Store { get; }

    /// <summary>What goes wrong on purpose.</summary>
    public SecretsFaults Faults { get; } = new();

    /// <summary>Starts the endpoint.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<SecretsServer> StartAsync(SecretsStore store, AwsServerOptions options, CancellationToken cancellationToken = default)
    {
        var server = new SecretsServer(store);
        server._server = await AwsJsonServer.StartAsync(options, Service, server.AnswerAsync, cancellationToken);
        return server;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    private Task<JsonNode?> AnswerAsync(string operation, JsonElement input, CancellationToken cancellationToken)
    {
        Faults.ThrowFor(operation);
        return Task.FromResult<JsonNode?>(operation switch
        {
            "GetSecretValue" => GetValue(input),
            "CreateSecret" => Written(Put(input, "Name", mustExist: false)),
            "PutSecretValue" => PutValue(input),
            "DescribeSecret" => Describe(Store.Find(Require(input, "SecretId"))),
            "ListSecrets" => new JsonObject { ["SecretList"] = new JsonArray([.. Store.All().Select(Describe)]) },
            _ => throw new AwsServiceException("UnknownOperationException", $"This local endpoint does not play {operation}."),
        });
    }

    private JsonObject GetValue(JsonElement input)
    {
        var secret = Store.Find(Require(input, "SecretId"));
        var (versionId, stage) = (Text(input, "VersionId"), Text(input, "VersionStage"));
        var version = (versionId, stage) switch
        {
            (null, null or CurrentStage) => secret.Current,
            (null, PreviousStage) => secret.Previous,
            (null, _) => null,
            _ when versionId == secret.Current?.VersionId && stage is null or CurrentStage => secret.Current,
            _ when versionId == secret.Previous?.VersionId && stage is null or PreviousStage => secret.Previous,
            _ => null,
        } ?? throw new AwsServiceException("ResourceNotFoundException",
            $"Secrets Manager can't find the specified secret value for {(versionId is null ? "staging label: " + (stage ?? CurrentStage) : "VersionId: " + versionId)}");
        var value = new JsonObject
        {
            ["ARN"] = secret.Arn,
            ["Name"] = secret.Name,
            ["VersionId"] = version.VersionId,
            ["VersionStages"] = new JsonArray(version == secret.Current ? CurrentStage : PreviousStage),
            ["CreatedDate"] = Seconds(version.Created),
        };
        if (version.Text is not null)
            value["SecretString"] = version.Text;
        else
            value["SecretBinary"] = Convert.ToBase64String(version.Bytes!);
        return value;
    }

    private JsonObject PutValue(JsonElement input)
    {
        var written = Written(Put(input, "SecretId", mustExist: true));
        written["VersionStages"] = new JsonArray(CurrentStage);
        return written;
    }

    private Secret Put(JsonElement input, string idField, bool mustExist)
    {
        var (text, binary) = (Text(input, "SecretString"), Text(input, "SecretBinary"));
        if (text is null && binary is null && !mustExist)
            return Store.Add(Require(input, idField));
        if ((text is null) == (binary is null))
            throw new AwsServiceException("InvalidRequestException", "You must provide either SecretString or SecretBinary.");
        byte[]? bytes = null;
        if (binary is not null)
        {
            bytes = new byte[binary.Length];
            if (!Convert.TryFromBase64String(binary, bytes, out var count))
                throw new AwsServiceException("InvalidParameterException", "SecretBinary is not base64.");
            bytes = bytes[..count];
        }

        return Store.Put(Require(input, idField), text, bytes, Text(input, "ClientRequestToken"), mustExist);
    }

    private static JsonObject Written(Secret secret)
    {
        var written = new JsonObject { ["ARN"] = secret.Arn, ["Name"] = secret.Name };
        if (secret.Current is { } current)
            written["VersionId"] = current.VersionId;
        return written;
    }

    private static JsonObject Describe(Secret secret)
    {
        var description = new JsonObject
        {
            ["ARN"] = secret.Arn,
            ["Name"] = secret.Name,
            ["CreatedDate"] = Seconds(secret.Created),
            ["LastChangedDate"] = Seconds(secret.Current?.Created ?? secret.Created),
        };
        var stages = new JsonObject();
        if (secret.Current is { } current)
            stages[current.VersionId] = new JsonArray(CurrentStage);
        if (secret.Previous is { } previous)
            stages[previous.VersionId] = new JsonArray(PreviousStage);
        if (stages.Count > 0)
            description["VersionIdsToStages"] = stages;
        return description;
    }

    private static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    private static string Require(JsonElement input, string name)
        => Text(input, name) is { Length: > 0 } text
            ? text
            : throw new AwsServiceException("InvalidParameterException", $"You must provide {name}.");

    private static string? Text(JsonElement input, string name)
        => input.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
