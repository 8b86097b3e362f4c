using Amazon.EventBridge.Model;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.EventBridge;

public partial class AmazonEventBridgeClient
{
    private static readonly JsonProtocol _protocol = new("Amazon.EventBridge", "AWSEvents", "1.1", "2015-10-07", ServiceExceptions.From);

    public virtual Task<PutEventsResponse> PutEventsAsync(PutEventsRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<PutEventsResponse>(
            request,
            _protocol.Options<PutEventsRequest, PutEventsResponse>(
                "PutEvents",
                (r, fields) => fields
                    .Add("EndpointId", r.EndpointId)
                    .Add("Entries", r.Entries, (entry, members) => members
                        .Add("Detail", entry.Detail)
                        .Add("DetailType", entry.DetailType)
                        .Add("EventBusName", entry.EventBusName)
                        .Add("Resources", entry.Resources)
                        .Add("Source", entry.Source)
                        .Add("Time", entry.Time)
                        .Add("TraceHeader", entry.TraceHeader)),
                (x, response) =>
                {
                    response.Entries = x.List("Entries", entry => new PutEventsResultEntry
                    {
                        ErrorCode = entry.Text("ErrorCode"),
                        ErrorMessage = entry.Text("ErrorMessage"),
                        EventId = entry.Text("EventId"),
                    });
                    response.FailedEntryCount = x.Int("FailedEntryCount");
                }),
            cancellationToken);
}
