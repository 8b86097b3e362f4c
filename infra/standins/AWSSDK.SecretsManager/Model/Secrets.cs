using Amazon.Runtime;

namespace Amazon.SecretsManager.Model;

/// <summary>Base of all requests of the service.</summary>
public abstract class AmazonSecretsManagerRequest : AmazonWebServiceRequest;

/// <summary>Asks for a secret.</summary>
public class GetSecretValueRequest : AmazonSecretsManagerRequest
{
    public string SecretId { get; set; }

    public string VersionId { get; set; }

    public string VersionStage { get; set; }
}

/// <summary>The secret.</summary>
public class GetSecretValueResponse : AmazonWebServiceResponse
{
    public string ARN { get; set; }

    public string Name { get; set; }

    /// <summary>Null when the secret is binary.</summary>
    public string SecretString { get; set; }

    /// <summary>Null when the secret is text.</summary>
    public MemoryStream SecretBinary { get; set; }

    public string VersionId { get; set; }

    public List<string> VersionStages { get; set; }

    public DateTime? CreatedDate { get; set; }
}
