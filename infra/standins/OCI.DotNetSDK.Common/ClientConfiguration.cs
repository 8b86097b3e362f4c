using Oci.Common.Retry;

namespace Oci.Common;

/// <summary>How a client talks to its service.</summary>
public class ClientConfiguration
{
    /// <summary>Milliseconds for a whole request, its body included.</summary>
    public int TimeoutMillis { get; set; } = 100000;

    public long ResponseContentBufferBytes { get; set; } = int.MaxValue;

    public string ClientUserAgent { get; set; }

    public RetryConfiguration RetryConfiguration { get; set; }
}

public interface IOciRequest;

public interface IOciResponse;

/// <summary>Base of all responses.</summary>
public abstract class OciResponse : IOciResponse
{
    public HttpResponseMessage httpResponseMessage { get; set; }
}
