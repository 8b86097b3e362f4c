namespace SnapshotBridge.Local.StateMachine.Asl;

/// <summary>The names that Step Functions itself gives to errors.</summary>
public static class StatesErrors
{
    public const string All = "States.ALL";
    public const string BranchFailed = "States.BranchFailed";
    public const string DataLimitExceeded = "States.DataLimitExceeded";
    public const string ExceedToleratedFailureThreshold = "States.ExceedToleratedFailureThreshold";
    public const string HeartbeatTimeout = "States.HeartbeatTimeout";
    public const string IntrinsicFailure = "States.IntrinsicFailure";
    public const string ItemReaderFailed = "States.ItemReaderFailed";
    public const string NoChoiceMatched = "States.NoChoiceMatched";
    public const string ResultPathMatchFailure = "States.ResultPathMatchFailure";
    public const string Runtime = "States.Runtime";
    public const string TaskFailed = "States.TaskFailed";
    public const string Timeout = "States.Timeout";
}

/// <summary>An error inside a state: what Retry and Catch look at, and how an execution ends when neither takes it.</summary>
internal sealed class StateErrorException(string error, string? cause, string? alsoKnownAs = null, bool ofTheExecution = false)
    : Exception($"{error}: {cause}")
{
    internal string Error { get; } = error;

    internal string? Cause { get; } = cause;

    /// <summary>True when the execution as a whole is at fault, not what one state did.</summary>
    internal bool OfTheExecution { get; } = ofTheExecution;

    /// <summary>
    /// Whether a retrier or catcher that lists these names takes the error. States.Runtime is never taken;
    /// States.DataLimitExceeded only by its own name; States.TaskFailed takes all but timeouts.
    /// </summary>
    internal bool IsMatchedBy(IReadOnlyList<string> names)
    {
        if (Error == StatesErrors.Runtime)
        {
            return false;
        }

        if (names.Contains(Error) || (alsoKnownAs is not null && names.Contains(alsoKnownAs)))
        {
            return true;
        }

        return Error != StatesErrors.DataLimitExceeded
            && (names.Contains(StatesErrors.All) || (names.Contains(StatesErrors.TaskFailed) && Error != StatesErrors.Timeout));
    }
}
