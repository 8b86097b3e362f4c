using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.StateMachine.Running;

/// <summary>One event of an execution's history, in the shape of the service's API.</summary>
/// <param name="Id">From 1.</param>
/// <param name="PreviousEventId">The event that led to this one; 0 for the first.</param>
/// <param name="Timestamp">When it happened.</param>
/// <param name="Type">Such as <c>TaskScheduled</c>.</param>
/// <param name="DetailsName">The API's name of the details, such as <c>taskScheduledEventDetails</c>; null without details.</param>
/// <param name="Details">The details. Do not change them.</param>
public sealed record HistoryEvent(long Id, long PreviousEventId, DateTimeOffset Timestamp, string Type, string? DetailsName, JsonObject? Details)
{
    private static readonly string[] DataFields = ["input", "output", "inputDetails", "outputDetails"];

    /// <summary>The event as GetExecutionHistory returns it; timestamps are epoch seconds.</summary>
    public JsonObject ToJson(bool includeExecutionData = true)
    {
        var json = new JsonObject
        {
            ["timestamp"] = Timestamp.ToUnixTimeMilliseconds() / 1000m,
            ["type"] = Type,
            ["id"] = Id,
            ["previousEventId"] = PreviousEventId,
        };
        if (DetailsName is not null && Details is not null)
        {
            var details = Details.DeepClone().AsObject();
            if (!includeExecutionData)
            {
                foreach (var field in DataFields)
                {
                    details.Remove(field);
                }
            }

            json[DetailsName] = details;
        }

        return json;
    }
}
