using Amazon.EventBridge.Model;
using Amazon.Runtime;

namespace Amazon.EventBridge;

/// <summary>Sending of events. The package's interface has many more members.</summary>
public interface IAmazonEventBridge : IAmazonService, IDisposable
{
    Task<PutEventsResponse> PutEventsAsync(PutEventsRequest request, CancellationToken cancellationToken = default);
}
