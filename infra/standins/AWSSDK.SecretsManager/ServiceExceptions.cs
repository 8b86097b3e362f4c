using Amazon.SecretsManager.Model;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.SecretsManager;

/// <summary>The exception class of each error code.</summary>
internal static class ServiceExceptions
{
    public static AmazonSecretsManagerException From(ServiceError e) => e.Code switch
    {
        "DecryptionFailure" => new DecryptionFailureException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "InternalServiceError" => new InternalServiceErrorException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "InvalidParameterException" => new InvalidParameterException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "InvalidRequestException" => new InvalidRequestException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "ResourceNotFoundException" => new ResourceNotFoundException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        _ => new AmazonSecretsManagerException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
    };
}
