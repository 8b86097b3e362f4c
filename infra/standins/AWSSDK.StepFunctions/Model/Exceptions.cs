using System.Net;
using Amazon.Runtime;

namespace Amazon.StepFunctions.Model;

/// <summary>An execution of this name exists.</summary>
public class ExecutionAlreadyExistsException : AmazonStepFunctionsException
{
    public ExecutionAlreadyExistsException(string message)
        : base(message)
    {
    }

    public ExecutionAlreadyExistsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public ExecutionAlreadyExistsException(Exception innerException)
        : base(innerException)
    {
    }

    public ExecutionAlreadyExistsException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public ExecutionAlreadyExistsException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>No such execution.</summary>
public class ExecutionDoesNotExistException : AmazonStepFunctionsException
{
    public ExecutionDoesNotExistException(string message)
        : base(message)
    {
    }

    public ExecutionDoesNotExistException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public ExecutionDoesNotExistException(Exception innerException)
        : base(innerException)
    {
    }

    public ExecutionDoesNotExistException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public ExecutionDoesNotExistException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>Too many executions are running.</summary>
public class ExecutionLimitExceededException : AmazonStepFunctionsException
{
    public ExecutionLimitExceededException(string message)
        : base(message)
    {
    }

    public ExecutionLimitExceededException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public ExecutionLimitExceededException(Exception innerException)
        : base(innerException)
    {
    }

    public ExecutionLimitExceededException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public ExecutionLimitExceededException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The execution cannot be redriven.</summary>
public class ExecutionNotRedrivableException : AmazonStepFunctionsException
{
    public ExecutionNotRedrivableException(string message)
        : base(message)
    {
    }

    public ExecutionNotRedrivableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public ExecutionNotRedrivableException(Exception innerException)
        : base(innerException)
    {
    }

    public ExecutionNotRedrivableException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public ExecutionNotRedrivableException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The ARN is not valid.</summary>
public class InvalidArnException : AmazonStepFunctionsException
{
    public InvalidArnException(string message)
        : base(message)
    {
    }

    public InvalidArnException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public InvalidArnException(Exception innerException)
        : base(innerException)
    {
    }

    public InvalidArnException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public InvalidArnException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The input is not valid JSON.</summary>
public class InvalidExecutionInputException : AmazonStepFunctionsException
{
    public InvalidExecutionInputException(string message)
        : base(message)
    {
    }

    public InvalidExecutionInputException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public InvalidExecutionInputException(Exception innerException)
        : base(innerException)
    {
    }

    public InvalidExecutionInputException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public InvalidExecutionInputException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The name is not valid.</summary>
public class InvalidNameException : AmazonStepFunctionsException
{
    public InvalidNameException(string message)
        : base(message)
    {
    }

    public InvalidNameException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public InvalidNameException(Exception innerException)
        : base(innerException)
    {
    }

    public InvalidNameException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public InvalidNameException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The output is not valid JSON.</summary>
public class InvalidOutputException : AmazonStepFunctionsException
{
    public InvalidOutputException(string message)
        : base(message)
    {
    }

    public InvalidOutputException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public InvalidOutputException(Exception innerException)
        : base(innerException)
    {
    }

    public InvalidOutputException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public InvalidOutputException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The task token is not valid.</summary>
public class InvalidTokenException : AmazonStepFunctionsException
{
    public InvalidTokenException(string message)
        : base(message)
    {
    }

    public InvalidTokenException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public InvalidTokenException(Exception innerException)
        : base(innerException)
    {
    }

    public InvalidTokenException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public InvalidTokenException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The KMS key may not be used.</summary>
public class KmsAccessDeniedException : AmazonStepFunctionsException
{
    public KmsAccessDeniedException(string message)
        : base(message)
    {
    }

    public KmsAccessDeniedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public KmsAccessDeniedException(Exception innerException)
        : base(innerException)
    {
    }

    public KmsAccessDeniedException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public KmsAccessDeniedException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The KMS key is not in a valid state.</summary>
public class KmsInvalidStateException : AmazonStepFunctionsException
{
    public KmsInvalidStateException(string message)
        : base(message)
    {
    }

    public KmsInvalidStateException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public KmsInvalidStateException(Exception innerException)
        : base(innerException)
    {
    }

    public KmsInvalidStateException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public KmsInvalidStateException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>KMS throttled the request.</summary>
public class KmsThrottlingException : AmazonStepFunctionsException
{
    public KmsThrottlingException(string message)
        : base(message)
    {
    }

    public KmsThrottlingException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public KmsThrottlingException(Exception innerException)
        : base(innerException)
    {
    }

    public KmsThrottlingException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public KmsThrottlingException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>No such resource.</summary>
public class ResourceNotFoundException : AmazonStepFunctionsException
{
    public ResourceNotFoundException(string message)
        : base(message)
    {
    }

    public ResourceNotFoundException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public ResourceNotFoundException(Exception innerException)
        : base(innerException)
    {
    }

    public ResourceNotFoundException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public ResourceNotFoundException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The state machine is being deleted.</summary>
public class StateMachineDeletingException : AmazonStepFunctionsException
{
    public StateMachineDeletingException(string message)
        : base(message)
    {
    }

    public StateMachineDeletingException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public StateMachineDeletingException(Exception innerException)
        : base(innerException)
    {
    }

    public StateMachineDeletingException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public StateMachineDeletingException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>No such state machine.</summary>
public class StateMachineDoesNotExistException : AmazonStepFunctionsException
{
    public StateMachineDoesNotExistException(string message)
        : base(message)
    {
    }

    public StateMachineDoesNotExistException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public StateMachineDoesNotExistException(Exception innerException)
        : base(innerException)
    {
    }

    public StateMachineDoesNotExistException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public StateMachineDoesNotExistException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The operation does not exist for this type of state machine.</summary>
public class StateMachineTypeNotSupportedException : AmazonStepFunctionsException
{
    public StateMachineTypeNotSupportedException(string message)
        : base(message)
    {
    }

    public StateMachineTypeNotSupportedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public StateMachineTypeNotSupportedException(Exception innerException)
        : base(innerException)
    {
    }

    public StateMachineTypeNotSupportedException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public StateMachineTypeNotSupportedException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The task is gone or was completed.</summary>
public class TaskDoesNotExistException : AmazonStepFunctionsException
{
    public TaskDoesNotExistException(string message)
        : base(message)
    {
    }

    public TaskDoesNotExistException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public TaskDoesNotExistException(Exception innerException)
        : base(innerException)
    {
    }

    public TaskDoesNotExistException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public TaskDoesNotExistException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The task timed out or was completed.</summary>
public class TaskTimedOutException : AmazonStepFunctionsException
{
    public TaskTimedOutException(string message)
        : base(message)
    {
    }

    public TaskTimedOutException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public TaskTimedOutException(Exception innerException)
        : base(innerException)
    {
    }

    public TaskTimedOutException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public TaskTimedOutException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>A field of the request is not valid.</summary>
public class ValidationException : AmazonStepFunctionsException
{
    public ValidationException(string message)
        : base(message)
    {
    }

    public ValidationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public ValidationException(Exception innerException)
        : base(innerException)
    {
    }

    public ValidationException(string message, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, errorType, errorCode, requestId, statusCode)
    {
    }

    public ValidationException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}
