using SnapshotBridge.Errors;
using SnapshotBridge.Loading;
using SnapshotBridge.LoadTables;
using SnapshotBridge.Local.Oci;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>What OCI has of the export, and what it lets the load do with it.</summary>
[Collection(LoadTablesTestGroup.Name)]
public sealed class LoadTablesDestinationTests(LoadServers servers)
{
    private ScriptedHeatWave HeatWave => servers.HeatWave;

    [Fact]
    public async Task Handle_OciKeyRotatedSinceAWarmFunctionReadIt_TakesTheNewOne()
    {
        var lab = await new LoadLab(servers).Table("country", 3).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 3);
        servers.Aws.Secrets.Store.Put(lab.OciSecretId, OciUser.Generate().SecretJson());
        using var s3 = lab.S3();
        using var secrets = lab.SecretsManager();
        using var events = lab.EventBridge();
        using var function = lab.WarmFunction = new Function(lab.Options, s3, secrets, events, TimeProvider.System);
        await Assert.ThrowsAsync<OciAuthenticationFailedException>(() => lab.InvokeAsync());

        servers.Aws.Secrets.Store.Put(lab.OciSecretId, servers.OciUser.SecretJson());

        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Handle_ObjectMissingAtTheDestination_StopsBeforeAnyCall()
    {
        var lab = await new LoadLab(servers).Table("country", 1, 2).CopiedAsync();
        var name = servers.Oci.Store.List(LoadServers.OciBucket, lab.Folder)[0].Name;
        servers.Oci.Store.Delete(LoadServers.OciBucket, name);

        var exception = await Assert.ThrowsAsync<DestinationIncompleteException>(() => lab.InvokeAsync());

        Assert.Contains($"{name} is missing", exception.Message, StringComparison.Ordinal);
        Assert.Empty(lab.Pars());
        Assert.Empty(await HeatWave.CallsAsync(lab.Schema));
    }

    [Fact]
    public async Task Handle_StrangerBelowATable_StopsBeforeAnyCall()
    {
        var lab = await new LoadLab(servers).Table("country", 1).CopiedAsync();
        servers.Oci.Store.Put(LoadServers.OciBucket, $"{lab.Folder}{lab.Schema}/{lab.Schema}.country/_SUCCESS", "x"u8);

        var exception = await Assert.ThrowsAsync<DestinationIncompleteException>(() => lab.InvokeAsync());

        Assert.Contains("_SUCCESS is not part of the export", exception.Message, StringComparison.Ordinal);
        Assert.Empty(await HeatWave.CallsAsync(lab.Schema));
    }

    [Fact]
    public async Task Handle_BatchWithoutProof_SaysWhich()
    {
        var lab = await new LoadLab(servers).Table("country", 1).CopiedAsync(withProof: false);

        Assert.Contains("copied/000000.json", (await Assert.ThrowsAsync<CopyIncompleteException>(() => lab.InvokeAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_ParThatListsNothing_StopsBeforeAnyCallAndRemovesThePar()
    {
        var lab = await new LoadLab(servers).Table("country", 1).CopiedAsync();
        var rule = servers.Oci.Faults.Add(new OciFaultAction.ListNothing(), request => request.ThroughPar, int.MaxValue);
        try
        {
            var exception = await Assert.ThrowsAsync<ParListingEmptyException>(() => lab.InvokeAsync());

            Assert.Contains($"{lab.Schema}.country/", exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            servers.Oci.Faults.Remove(rule);
        }

        Assert.Empty(await HeatWave.CallsAsync(lab.Schema));
        Assert.Empty(lab.Pars());
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 1);
        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Handle_ObjectStorageBusyForAMoment_IsWaitedOut()
    {
        var lab = await new LoadLab(servers).Table("country", 1).CopiedAsync();
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 1);
        servers.Oci.Faults.Add(OciFaultAction.ServiceUnavailable(), request => request.Operation == OciOperation.CreatePreauthenticatedRequest);
        servers.Oci.Faults.Add(OciFaultAction.BadGateway(), request => request.Operation == OciOperation.ListPreauthenticatedRequests);
        servers.Oci.Faults.Add(new OciFaultAction.LoseAnswer(), request => request.Operation == OciOperation.CreatePreauthenticatedRequest, skip: 1);
        try
        {
            Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());
        }
        finally
        {
            servers.Oci.Faults.Clear();
        }

        await lab.AssertNoSecretsAsync();
    }

    [Fact]
    public async Task Handle_RegionThatTheSdkDoesNotKnow_IsNoObstacle()
    {
        var lab = await new LoadLab(servers).Table("country", 1).CopiedAsync();
        lab.Options = lab.Options with { OciRegion = "xx-newtown-7" };
        await HeatWave.BehaveAsync(lab.Schema, "country", rows: 1);

        Assert.Equal("LOADED", (await lab.InvokeAsync()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Handle_UserWithoutParManage_SaysWhatIsMissing()
    {
        var lab = await new LoadLab(servers).Table("country", 1).CopiedAsync();
        servers.OciUser.Permissions &= ~OciPermissions.ParManage;
        try
        {
            var exception = await Assert.ThrowsAnyAsync<Errors.BridgeException>(() => lab.InvokeAsync());

            Assert.Contains("CreatePreauthenticatedRequest", exception.Message, StringComparison.Ordinal);
            Assert.Contains(LoadServers.OciBucket, exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            servers.OciUser.Permissions = OciPermissions.All;
        }
    }
}
