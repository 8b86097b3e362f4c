using Amazon.Runtime;
using Amazon.SecretsManager.Model;

namespace Amazon.SecretsManager;

/// <summary>Reading of secrets. The package's interface has many more members.</summary>
public interface IAmazonSecretsManager : IAmazonService, IDisposable
{
    Task<GetSecretValueResponse> GetSecretValueAsync(GetSecretValueRequest request, CancellationToken cancellationToken = default);
}
