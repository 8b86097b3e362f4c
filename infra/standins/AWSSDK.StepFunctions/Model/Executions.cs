using Amazon.Runtime;

namespace Amazon.StepFunctions.Model;

/// <summary>Base of all requests of the service.</summary>
public abstract class AmazonStepFunctionsRequest : AmazonWebServiceRequest;

/// <summary>Completes a waiting task.</summary>
public class SendTaskSuccessRequest : AmazonStepFunctionsRequest
{
    /// <summary>At most 2,048 characters.</summary>
    public string TaskToken { get; set; }

    /// <summary>JSON text of at most 262,144 bytes.</summary>
    public string Output { get; set; }
}

/// <summary>Nothing.</summary>
public class SendTaskSuccessResponse : AmazonWebServiceResponse;

/// <summary>Fails a waiting task.</summary>
public class SendTaskFailureRequest : AmazonStepFunctionsRequest
{
    /// <summary>At most 2,048 characters.</summary>
    public string TaskToken { get; set; }

    /// <summary>At most 256 characters.</summary>
    public string Error { get; set; }

    /// <summary>At most 32,768 characters.</summary>
    public string Cause { get; set; }
}

/// <summary>Nothing.</summary>
public class SendTaskFailureResponse : AmazonWebServiceResponse;

/// <summary>Says that a waiting task is alive.</summary>
public class SendTaskHeartbeatRequest : AmazonStepFunctionsRequest
{
    public string TaskToken { get; set; }
}

/// <summary>Nothing.</summary>
public class SendTaskHeartbeatResponse : AmazonWebServiceResponse;

/// <summary>Starts an execution.</summary>
public class StartExecutionRequest : AmazonStepFunctionsRequest
{
    public string StateMachineArn { get; set; }

    /// <summary>At most 80 characters.</summary>
    public string Name { get; set; }

    /// <summary>JSON text.</summary>
    public string Input { get; set; }

    public string TraceHeader { get; set; }
}

/// <summary>The execution.</summary>
public class StartExecutionResponse : AmazonWebServiceResponse
{
    public string ExecutionArn { get; set; }

    public DateTime? StartDate { get; set; }
}

/// <summary>Asks for an execution.</summary>
public class DescribeExecutionRequest : AmazonStepFunctionsRequest
{
    public string ExecutionArn { get; set; }
}

/// <summary>The execution.</summary>
public class DescribeExecutionResponse : AmazonWebServiceResponse
{
    public string ExecutionArn { get; set; }

    public string StateMachineArn { get; set; }

    public string Name { get; set; }

    public string Input { get; set; }

    public string Output { get; set; }

    public string Error { get; set; }

    public string Cause { get; set; }

    public string MapRunArn { get; set; }

    public string TraceHeader { get; set; }

    public string RedriveStatusReason { get; set; }

    public string StateMachineAliasArn { get; set; }

    public string StateMachineVersionArn { get; set; }

    public ExecutionStatus Status { get; set; }

    public DateTime? StartDate { get; set; }

    public DateTime? StopDate { get; set; }

    public DateTime? RedriveDate { get; set; }

    public int? RedriveCount { get; set; }
}

/// <summary>Stops an execution.</summary>
public class StopExecutionRequest : AmazonStepFunctionsRequest
{
    public string ExecutionArn { get; set; }

    public string Error { get; set; }

    public string Cause { get; set; }
}

/// <summary>When it was stopped.</summary>
public class StopExecutionResponse : AmazonWebServiceResponse
{
    public DateTime? StopDate { get; set; }
}

/// <summary>Continues an unsuccessful execution where it ended.</summary>
public class RedriveExecutionRequest : AmazonStepFunctionsRequest
{
    public string ExecutionArn { get; set; }

    public string ClientToken { get; set; }
}

/// <summary>When it was redriven.</summary>
public class RedriveExecutionResponse : AmazonWebServiceResponse
{
    public DateTime? RedriveDate { get; set; }
}

/// <summary>Asks for executions.</summary>
public class ListExecutionsRequest : AmazonStepFunctionsRequest
{
    public string StateMachineArn { get; set; }

    public ExecutionStatus StatusFilter { get; set; }

    public string MapRunArn { get; set; }

    public int? MaxResults { get; set; }

    public string NextToken { get; set; }
}

/// <summary>Executions.</summary>
public class ListExecutionsResponse : AmazonWebServiceResponse
{
    public List<ExecutionListItem> Executions { get; set; }

    public string NextToken { get; set; }
}

/// <summary>An execution in a list.</summary>
public class ExecutionListItem
{
    public string ExecutionArn { get; set; }

    public string StateMachineArn { get; set; }

    public string Name { get; set; }

    public string MapRunArn { get; set; }

    public ExecutionStatus Status { get; set; }

    public DateTime? StartDate { get; set; }

    public DateTime? StopDate { get; set; }

    public DateTime? RedriveDate { get; set; }

    public int? RedriveCount { get; set; }

    public int? ItemCount { get; set; }
}
