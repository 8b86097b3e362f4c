using System.Net;
using Amazon.Runtime;

namespace Amazon.EventBridge.Model;

/// <summary>The service failed.</summary>
public class InternalException : AmazonEventBridgeException
{
    public InternalException(string message)
        : base(message)
    {
    }

    public InternalException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public InternalException(Exception innerException)
        : base(innerException)
    {
    }

    public InternalException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public InternalException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}
