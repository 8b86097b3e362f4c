using Amazon.StepFunctions.Model;
using SnapshotBridge.StandIns.Aws;

namespace Amazon.StepFunctions;

public partial class AmazonStepFunctionsClient
{
    private static readonly JsonProtocol _protocol = new(
        "Amazon.StepFunctions", "AWSStepFunctions", "1.0", "2016-11-23", ServiceExceptions.From);

    public virtual Task<SendTaskSuccessResponse> SendTaskSuccessAsync(
        SendTaskSuccessRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<SendTaskSuccessResponse>(
            request,
            _protocol.Options<SendTaskSuccessRequest, SendTaskSuccessResponse>(
                "SendTaskSuccess",
                (r, fields) => fields
                    .Add("output", r.Output)
                    .Add("taskToken", r.TaskToken),
                (_, _) => { }),
            cancellationToken);

    public virtual Task<SendTaskFailureResponse> SendTaskFailureAsync(
        SendTaskFailureRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<SendTaskFailureResponse>(
            request,
            _protocol.Options<SendTaskFailureRequest, SendTaskFailureResponse>(
                "SendTaskFailure",
                (r, fields) => fields
                    .Add("cause", r.Cause)
                    .Add("error", r.Error)
                    .Add("taskToken", r.TaskToken),
                (_, _) => { }),
            cancellationToken);

    public virtual Task<SendTaskHeartbeatResponse> SendTaskHeartbeatAsync(
        SendTaskHeartbeatRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<SendTaskHeartbeatResponse>(
            request,
            _protocol.Options<SendTaskHeartbeatRequest, SendTaskHeartbeatResponse>(
                "SendTaskHeartbeat",
                (r, fields) => fields
                    .Add("taskToken", r.TaskToken),
                (_, _) => { }),
            cancellationToken);

    public virtual Task<StartExecutionResponse> StartExecutionAsync(
        StartExecutionRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<StartExecutionResponse>(
            request,
            _protocol.Options<StartExecutionRequest, StartExecutionResponse>(
                "StartExecution",
                (r, fields) => fields
                    .Add("input", r.Input)
                    .Add("name", r.Name)
                    .Add("stateMachineArn", r.StateMachineArn)
                    .Add("traceHeader", r.TraceHeader),
                (x, response) =>
                {
                    response.ExecutionArn = x.Text("executionArn");
                    response.StartDate = x.Date("startDate");
                }),
            cancellationToken);

    public virtual Task<DescribeExecutionResponse> DescribeExecutionAsync(
        DescribeExecutionRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<DescribeExecutionResponse>(
            request,
            _protocol.Options<DescribeExecutionRequest, DescribeExecutionResponse>(
                "DescribeExecution",
                (r, fields) => fields
                    .Add("executionArn", r.ExecutionArn),
                (x, response) =>
                {
                    response.ExecutionArn = x.Text("executionArn");
                    response.StateMachineArn = x.Text("stateMachineArn");
                    response.Name = x.Text("name");
                    response.Input = x.Text("input");
                    response.Output = x.Text("output");
                    response.Error = x.Text("error");
                    response.Cause = x.Text("cause");
                    response.MapRunArn = x.Text("mapRunArn");
                    response.TraceHeader = x.Text("traceHeader");
                    response.RedriveStatusReason = x.Text("redriveStatusReason");
                    response.StateMachineAliasArn = x.Text("stateMachineAliasArn");
                    response.StateMachineVersionArn = x.Text("stateMachineVersionArn");
                    response.Status = x.Text("status");
                    response.StartDate = x.Date("startDate");
                    response.StopDate = x.Date("stopDate");
                    response.RedriveDate = x.Date("redriveDate");
                    response.RedriveCount = x.Int("redriveCount");
                }),
            cancellationToken);

    public virtual Task<StopExecutionResponse> StopExecutionAsync(
        StopExecutionRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<StopExecutionResponse>(
            request,
            _protocol.Options<StopExecutionRequest, StopExecutionResponse>(
                "StopExecution",
                (r, fields) => fields
                    .Add("cause", r.Cause)
                    .Add("error", r.Error)
                    .Add("executionArn", r.ExecutionArn),
                (x, response) =>
                {
                    response.StopDate = x.Date("stopDate");
                }),
            cancellationToken);

    public virtual Task<RedriveExecutionResponse> RedriveExecutionAsync(
        RedriveExecutionRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<RedriveExecutionResponse>(
            request,
            _protocol.Options<RedriveExecutionRequest, RedriveExecutionResponse>(
                "RedriveExecution",
                (r, fields) => fields
                    .Add("clientToken", r.ClientToken)
                    .Add("executionArn", r.ExecutionArn),
                (x, response) =>
                {
                    response.RedriveDate = x.Date("redriveDate");
                }),
            cancellationToken);

    public virtual Task<ListExecutionsResponse> ListExecutionsAsync(
        ListExecutionsRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<ListExecutionsResponse>(
            request,
            _protocol.Options<ListExecutionsRequest, ListExecutionsResponse>(
                "ListExecutions",
                (r, fields) => fields
                    .Add("mapRunArn", r.MapRunArn)
                    .Add("maxResults", r.MaxResults)
                    .Add("nextToken", r.NextToken)
                    .Add("stateMachineArn", r.StateMachineArn)
                    .Add("statusFilter", r.StatusFilter?.Value),
                (x, response) =>
                {
                    response.Executions = x.List("executions", e => new ExecutionListItem
                    {
                        ExecutionArn = e.Text("executionArn"),
                        StateMachineArn = e.Text("stateMachineArn"),
                        Name = e.Text("name"),
                        MapRunArn = e.Text("mapRunArn"),
                        Status = e.Text("status"),
                        StartDate = e.Date("startDate"),
                        StopDate = e.Date("stopDate"),
                        RedriveDate = e.Date("redriveDate"),
                        RedriveCount = e.Int("redriveCount"),
                        ItemCount = e.Int("itemCount"),
                    });
                    response.NextToken = x.Text("nextToken");
                }),
            cancellationToken);
}
