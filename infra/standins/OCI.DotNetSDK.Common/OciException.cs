using System.Net;

namespace Oci.Common.Model;

/// <summary>An error that a service answered with.</summary>
public class OciException : Exception
{
    public OciException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public OciException(HttpStatusCode statusCode, string message, string serviceCode, string opcRequestId)
        : base(message)
    {
        StatusCode = statusCode;
        ServiceCode = serviceCode;
        OpcRequestId = opcRequestId;
    }

    public OciException(HttpStatusCode statusCode, string message, string serviceCode, string opcRequestId, Exception innerException)
        : base(message, innerException)
    {
        StatusCode = statusCode;
        ServiceCode = serviceCode;
        OpcRequestId = opcRequestId;
    }

    public HttpStatusCode StatusCode { get; }

    /// <summary>The service's code; <c>Unknown Service Code</c> where the answer had no body, as after HEAD.</summary>
    public string ServiceCode { get; }

    public string OpcRequestId { get; }
}
