using System.Text.Json;
using Amazon.EventBridge;
using Amazon.EventBridge.Model;
using SnapshotBridge.Announcing;
using SnapshotBridge.Aws;
using SnapshotBridge.Errors;

namespace SnapshotBridge.LoadTables;

/// <summary>Announces on an EventBridge bus.</summary>
/// <param name="events">The client: its own retries are for requests that failed as a whole.</param>
/// <param name="bus">The bus's name or ARN.</param>
/// <param name="time">Paces the retries of an event that alone was refused.</param>
public sealed class EventBridgeAnnouncer(IAmazonEventBridge events, string bus, TimeProvider time) : IRunAnnouncer
{
    /// <summary>Rules for completions do not match it.</summary>
    public const string RehearsalType = "Snapshot Bridge Preflight";

    /// <summary>How often an event is sent that the service could not take just then.</summary>
    public const int MaxTries = 4;

    private const string Operation = "events:PutEvents";
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    private readonly string _target = $"event bus '{bus}'";

    /// <inheritdoc />
    public Task AnnounceAsync(RunCompletion completion, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(completion);
        return PutAsync(
            new PutEventsRequestEntry
            {
                Source = RunCompletion.Source,
                DetailType = RunCompletion.DetailType,
                EventBusName = bus,
                Time = completion.FinishedAt.UtcDateTime,
                Resources = [completion.SourceArn],
                Detail = completion.ToJson(),
            },
            cancellationToken);
    }

    /// <inheritdoc />
    public Task RehearseAsync(string id, CancellationToken cancellationToken) => PutAsync(
        new PutEventsRequestEntry
        {
            Source = RunCompletion.Source,
            DetailType = RehearsalType,
            EventBusName = bus,
            Detail = $$"""{"id":"{{JsonEncodedText.Encode(id)}}"}""",
        },
        cancellationToken);

    /// <summary>A request can succeed although its event was refused: then FailedEntryCount is 1 and the entry says why.</summary>
    private async Task PutAsync(PutEventsRequestEntry entry, CancellationToken cancellationToken)
    {
        for (var (attempt, pause) = (1, FirstPause); ; attempt++, pause *= 2)
        {
            var response = await AwsErrors.CallAsync(
                token => events.PutEventsAsync(new PutEventsRequest { Entries = [entry] }, token), Operation, _target, null, cancellationToken);
            if (response.FailedEntryCount is null or 0)
            {
                return;
            }

            var refused = response.Entries?.FirstOrDefault(result => result.ErrorCode is not null);
            var detail = $"{refused?.ErrorCode ?? "no code"}: {refused?.ErrorMessage ?? "the service did not say why"}";
            switch (AwsErrors.Kind(400, refused?.ErrorCode))
            {
                case AwsErrorKind.Transient when attempt < MaxTries:
                    await Task.Delay(pause, time, cancellationToken);
                    break;
                case AwsErrorKind.Transient:
                    throw new AwsServiceUnavailableException(Operation, _target, detail);
                case AwsErrorKind.AccessDenied:
                    throw new AwsAccessDeniedException(Operation, _target, detail);
                default:
                    throw new AwsRequestFailedException(Operation, _target, detail);
            }
        }
    }
}
