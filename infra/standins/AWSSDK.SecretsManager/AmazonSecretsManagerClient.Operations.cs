using Amazon.SecretsManager.Model;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.SecretsManager;

public partial class AmazonSecretsManagerClient
{
    private static readonly JsonProtocol _protocol = new(
        "Amazon.SecretsManager", "secretsmanager", "1.1", "2017-10-17", ServiceExceptions.From);

    public virtual Task<GetSecretValueResponse> GetSecretValueAsync(
        GetSecretValueRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<GetSecretValueResponse>(
            request,
            _protocol.Options<GetSecretValueRequest, GetSecretValueResponse>(
                "GetSecretValue",
                (r, fields) => fields
                    .Add("SecretId", r.SecretId)
                    .Add("VersionId", r.VersionId)
                    .Add("VersionStage", r.VersionStage),
                (x, response) =>
                {
                    response.ARN = x.Text("ARN");
                    response.CreatedDate = x.Date("CreatedDate");
                    response.Name = x.Text("Name");
                    response.SecretBinary = x.Field("SecretBinary") is { } binary ? new MemoryStream(binary.GetBytesFromBase64()) : null;
                    response.SecretString = x.Text("SecretString");
                    response.VersionId = x.Text("VersionId");
                    response.VersionStages = x.List("VersionStages", s => s.GetString());
                }),
            cancellationToken);
}
