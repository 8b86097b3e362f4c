using Amazon.Runtime;

namespace Amazon.EventBridge.Model;

/// <summary>Base of all requests of the service.</summary>
public abstract class AmazonEventBridgeRequest : AmazonWebServiceRequest;

/// <summary>Sends events, at most ten.</summary>
public class PutEventsRequest : AmazonEventBridgeRequest
{
    /// <summary>The subdomain of a global endpoint, which needs a signer that the stand-in does not have.</summary>
    public string EndpointId { get; set; }

    public List<PutEventsRequestEntry> Entries { get; set; }
}

/// <summary>One event.</summary>
public class PutEventsRequestEntry
{
    /// <summary>A JSON object as text.</summary>
    public string Detail { get; set; }

    public string DetailType { get; set; }

    /// <summary>A bus's name or ARN; null for the default one.</summary>
    public string EventBusName { get; set; }

    public List<string> Resources { get; set; }

    public string Source { get; set; }

    /// <summary>Null for the time of the call.</summary>
    public DateTime? Time { get; set; }

    public string TraceHeader { get; set; }
}

/// <summary>What became of each event, in the order of the request.</summary>
public class PutEventsResponse : AmazonWebServiceResponse
{
    public List<PutEventsResultEntry> Entries { get; set; }

    public int? FailedEntryCount { get; set; }
}

/// <summary>An id where the event was taken, else an error.</summary>
public class PutEventsResultEntry
{
    public string ErrorCode { get; set; }

    public string ErrorMessage { get; set; }

    public string EventId { get; set; }
}
