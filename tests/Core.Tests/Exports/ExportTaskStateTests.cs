using SnapshotBridge.Exports;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Core.Tests.Exports;

public sealed class ExportTaskStateTests
{
    [Theory]
    [InlineData("COMPLETE", true, false)]
    [InlineData("complete", true, false)]
    [InlineData("FAILED", true, true)]
    [InlineData("failed", true, true)]
    [InlineData("CANCELED", true, true)]
    [InlineData("canceled", true, true)]
    [InlineData("CANCELING", false, false)]
    [InlineData("IN_PROGRESS", false, false)]
    [InlineData("A_NEW_STATUS", false, false)]
    public void HasEnded_WhateverTheCase_IsKnown(string status, bool hasEnded, bool isFailure)
    {
        var task = new ExportTaskState { ExportTaskId = "e", SourceArn = "arn", Bucket = "b", Prefix = "", Scope = ExportScope.Everything, Status = status };

        Assert.Equal((hasEnded, isFailure), (task.HasEnded, task.Failure() is not null));
    }
}
