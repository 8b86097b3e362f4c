using SnapshotBridge.Configuration;
using SnapshotBridge.Preflight;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Core.Tests.Preflight;

public sealed class ChecklistTests
{
    private readonly Checklist _list = new(TimeProvider.System, TestContext.Current.CancellationToken);

    [Fact]
    public async Task RunAsync_TypedFailure_IsALineWithItsRemedy()
    {
        Assert.False(await _list.RunAsync("secret", "oci-key", "the check's own remedy", _ => throw new SecretNotFoundException("oci-key")));

        var check = Assert.Single(_list.Checks);
        Assert.Equal(PreflightResult.Failed, check.Result);
        Assert.Contains("has no secret 'oci-key'", check.Detail, StringComparison.Ordinal);
        Assert.Contains("Create the secret", check.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_DetailWithAPar_IsMasked()
    {
        await _list.RunAsync("par", "bucket", "", _ => Task.FromResult(Finding.Ok("https://host/p/very-secret-token/n/ns/b/bucket/o/")));

        Assert.DoesNotContain("very-secret-token", Assert.Single(_list.Checks).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_CheckThatWarns_LetsTheNextOnesRun() =>
        Assert.True(await _list.RunAsync("a", "b", "", _ => Task.FromResult(Finding.Warning("old", "renew it"))));

    [Fact]
    public async Task RunAsync_CallerGivesUp_IsNoFinding()
    {
        using var source = new CancellationTokenSource();
        var list = new Checklist(TimeProvider.System, source.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => list.RunAsync("a", "b", "", async token =>
        {
            await source.CancelAsync();
            token.ThrowIfCancellationRequested();
            return Finding.Ok("");
        }));
        Assert.Empty(list.Checks);
    }

    [Fact]
    public async Task RemoveAsync_Removed_LeavesNoLine()
    {
        await _list.RemoveAsync("oci.write", "bucket/object", _ => Task.CompletedTask);

        Assert.Empty(_list.Checks);
    }

    [Fact]
    public async Task RemoveAsync_Refused_SaysWhatIsLeft()
    {
        await _list.RemoveAsync("oci.write", "bucket/object", _ => throw new SecretNotFoundException("s"));

        var check = Assert.Single(_list.Checks);
        Assert.Equal(("oci.write.removed", PreflightResult.Failed), (check.Name, check.Result));
        Assert.Contains("Remove bucket/object by hand", check.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("../../../exports")]
    [InlineData("0123456789abcdef\n")]
    [InlineData("ABCDEFGH")]
    public void CheckedId_WhatCouldLeaveTheFolder_IsRefused(string? id) =>
        Assert.Throws<RequestInvalidException>(() => new PreflightRequest { Id = id }.DestinationFolder("copy-table"));

    [Fact]
    public void DestinationFolder_WithPrefix_StandsBelowIt() =>
        Assert.Equal("landing/preflight-0123abcd/copy-table/", new PreflightRequest { Id = "0123abcd", DestinationPrefix = "landing/" }.DestinationFolder("copy-table"));
}
