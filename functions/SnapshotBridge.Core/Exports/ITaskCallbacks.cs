namespace SnapshotBridge.Exports;

/// <summary>How Step Functions took a callback.</summary>
public enum CallbackOutcome
{
    Accepted,

    /// <summary>Nobody waits for the token any more because its wait timed out or was repeated: the execution may have registered another one.</summary>
    TimedOut,

    /// <summary>The token is unknown or no token at all: the execution is gone.</summary>
    Unknown,
}

/// <summary>Ends the wait of an execution. Tokens never occur in what these throw.</summary>
public interface ITaskCallbacks
{
    /// <summary>The wait ends well, with this JSON as the state's output.</summary>
    Task<CallbackOutcome> SucceedAsync(string taskToken, string outputJson, CancellationToken cancellationToken);

    /// <summary>The wait ends with an error that the state machine can match.</summary>
    Task<CallbackOutcome> FailAsync(string taskToken, string error, string cause, CancellationToken cancellationToken);
}
