using Amazon.StepFunctions;
using Amazon.StepFunctions.Model;
using SnapshotBridge.Aws;
using SnapshotBridge.Sweeping;

namespace SnapshotBridge.Exports;

/// <summary>Starts executions of one state machine.</summary>
public sealed class StepFunctionsExecutions(IAmazonStepFunctions stepFunctions, string stateMachineArn) : IExecutionStarter
{
    /// <inheritdoc />
    public async Task<bool> StartAsync(string name, string inputJson, CancellationToken cancellationToken)
    {
        try
        {
            var request = new StartExecutionRequest { StateMachineArn = stateMachineArn, Name = name, Input = inputJson };
            await stepFunctions.StartExecutionAsync(request, cancellationToken);
            return true;
        }
        catch (ExecutionAlreadyExistsException)
        {
            return false;
        }
        catch (Exception exception)
            when (AwsErrors.Wrap(exception, "states:StartExecution", $"{stateMachineArn} as '{name}'", null, cancellationToken) is { } wrapped)
        {
            throw wrapped;
        }
    }
}
