using Amazon.Runtime;

namespace Amazon.StepFunctions;

/// <summary>State of an execution.</summary>
public class ExecutionStatus(string value) : ConstantClass(value)
{
    public static readonly ExecutionStatus ABORTED = new("ABORTED");

    public static readonly ExecutionStatus FAILED = new("FAILED");

    public static readonly ExecutionStatus PENDING_REDRIVE = new("PENDING_REDRIVE");

    public static readonly ExecutionStatus RUNNING = new("RUNNING");

    public static readonly ExecutionStatus SUCCEEDED = new("SUCCEEDED");

    public static readonly ExecutionStatus TIMED_OUT = new("TIMED_OUT");

    public static ExecutionStatus FindValue(string value) => FindValue<ExecutionStatus>(value);

    public static implicit operator ExecutionStatus(string value) => FindValue(value);
}
