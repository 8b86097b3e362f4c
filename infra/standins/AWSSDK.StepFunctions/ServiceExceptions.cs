using Amazon.StepFunctions.Model;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.StepFunctions;

/// <summary>The exception class of each error code.</summary>
internal static class ServiceExceptions
{
    public static AmazonStepFunctionsException From(ServiceError e) => e.Code switch
    {
        "ExecutionAlreadyExists" => new ExecutionAlreadyExistsException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "ExecutionDoesNotExist" => new ExecutionDoesNotExistException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "ExecutionLimitExceeded" => new ExecutionLimitExceededException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "ExecutionNotRedrivable" => new ExecutionNotRedrivableException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "InvalidArn" => new InvalidArnException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "InvalidExecutionInput" => new InvalidExecutionInputException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "InvalidName" => new InvalidNameException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "InvalidOutput" => new InvalidOutputException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "InvalidToken" => new InvalidTokenException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "KmsAccessDeniedException" => new KmsAccessDeniedException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "KmsInvalidStateException" => new KmsInvalidStateException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "KmsThrottlingException" => new KmsThrottlingException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "ResourceNotFound" => new ResourceNotFoundException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "StateMachineDeleting" => new StateMachineDeletingException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "StateMachineDoesNotExist" => new StateMachineDoesNotExistException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "StateMachineTypeNotSupported" => new StateMachineTypeNotSupportedException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "TaskDoesNotExist" => new TaskDoesNotExistException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "TaskTimedOut" => new TaskTimedOutException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        "ValidationException" => new ValidationException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
        _ => new AmazonStepFunctionsException(e.Message, e.Inner, e.Type, e.Code, e.RequestId, e.StatusCode),
    };
}
