using System.Net;
using System.Text;
using Oci.Common;
using Oci.Common.Auth;
using Oci.Common.Model;
using Oci.ObjectstorageService;
using Oci.ObjectstorageService.Models;
using Oci.ObjectstorageService.Requests;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Oci;
using Xunit;

namespace SnapshotBridge.Local.Tests.Oci;

/// <summary>The endpoint, used by the OCI .NET SDK (or its stand-in) for what LoadTables needs of it: namespace, PAR, listing.</summary>
public sealed class DotNetSdkTests
{
    [Fact]
    public async Task GetNamespace_SignedByTheSdk_ReturnsIt()
    {
        await using var lab = await OciLab.StartAsync();
        using var client = Sdk(lab);

        Assert.Equal("testns", (await client.GetNamespace(new GetNamespaceRequest(), cancellationToken: OciLab.Token)).Value);
    }

    [Fact]
    public async Task PutAndListObjects_ThroughTheSdk_AreWhatOurClientSees()
    {
        await using var lab = await OciLab.StartAsync();
        using var client = Sdk(lab);
        using var body = new MemoryStream(Encoding.UTF8.GetBytes("hello"));

        await client.PutObject(new PutObjectRequest { NamespaceName = "testns", BucketName = OciLab.BucketName, ObjectName = "run1/a b/ü.txt", PutObjectBody = body, ContentLength = 5 }, cancellationToken: OciLab.Token);
        await lab.PutAsync("run1/b", OciLab.Bytes(7));
        var listed = await client.ListObjects(new ListObjectsRequest { NamespaceName = "testns", BucketName = OciLab.BucketName, Prefix = "run1/", Fields = "name,size,etag,md5" }, cancellationToken: OciLab.Token);

        Assert.Equal([("run1/a b/ü.txt", 5L), ("run1/b", 7L)], listed.ListObjects.Objects.Select(item => (item.Name, item.Size!.Value)));
        Assert.Equal("hello", Encoding.UTF8.GetString(await lab.GetAsync("run1/a b/ü.txt")));
    }

    [Fact]
    public async Task CreateListAndDeletePar_ThroughTheSdk_OurClientReadsThroughItUntilDeleted()
    {
        await using var lab = await OciLab.StartAsync();
        await lab.PutAsync("run1/a", OciLab.Bytes(100));
        using var client = Sdk(lab);

        var created = (await client.CreatePreauthenticatedRequest(new CreatePreauthenticatedRequestRequest
        {
            NamespaceName = "testns",
            BucketName = OciLab.BucketName,
            CreatePreauthenticatedRequestDetails = new CreatePreauthenticatedRequestDetails
            {
                Name = "load",
                ObjectName = "run1/",
                AccessType = CreatePreauthenticatedRequestDetails.AccessTypeEnum.AnyObjectRead,
                BucketListingAction = PreauthenticatedRequest.BucketListingActionEnum.ListObjects,
                TimeExpires = DateTime.UtcNow.AddHours(1),
            },
        }, cancellationToken: OciLab.Token)).PreauthenticatedRequest;
        var par = ParUrl.Parse(lab.Endpoint.Endpoint.ToString().TrimEnd('/') + created.AccessUri);

        var listed = await lab.Pars.ListObjectsAsync(par, "run1/", OciLab.Soon, OciLab.Token).ToListAsync(OciLab.Token);
        Assert.Equal("run1/a", Assert.Single(listed).Name);
        Assert.InRange(created.TimeExpires!.Value.ToUniversalTime(), DateTime.UtcNow.AddMinutes(50), DateTime.UtcNow.AddMinutes(70));

        await client.DeletePreauthenticatedRequest(new DeletePreauthenticatedRequestRequest { NamespaceName = "testns", BucketName = OciLab.BucketName, ParId = created.Id }, cancellationToken: OciLab.Token);
        Assert.Empty(lab.Store.Pars(OciLab.BucketName));
    }

    [Fact]
    public async Task CreatePar_WithoutPermission_IsBucketNotFound()
    {
        await using var lab = await OciLab.StartAsync(permissions: OciPermissions.All & ~OciPermissions.ParManage);
        using var client = Sdk(lab);

        var failure = await Assert.ThrowsAsync<OciException>(() => client.CreatePreauthenticatedRequest(new CreatePreauthenticatedRequestRequest
        {
            NamespaceName = "testns",
            BucketName = OciLab.BucketName,
            CreatePreauthenticatedRequestDetails = new CreatePreauthenticatedRequestDetails
            {
                Name = "load",
                AccessType = CreatePreauthenticatedRequestDetails.AccessTypeEnum.AnyObjectRead,
                TimeExpires = DateTime.UtcNow.AddHours(1),
            },
        }, cancellationToken: OciLab.Token));

        Assert.Equal((HttpStatusCode.NotFound, "BucketNotFound"), (failure.StatusCode, failure.ServiceCode));
    }

    private static ObjectStorageClient Sdk(OciLab lab) => new(
        new SimpleAuthenticationDetailsProvider
        {
            TenantId = lab.User.Tenancy,
            UserId = lab.User.User,
            Fingerprint = lab.User.Key.Fingerprint,
            Region = Region.FromRegionId("us-ashburn-1"),

            // The normalised key: the SDK does not read every spelling that our secret may have.
            PrivateKeySupplier = new PrivateKeySupplier(lab.Credentials.ExportPrivateKeyPem()),
        },
        new ClientConfiguration(),
        lab.Endpoint.Endpoint.ToString().TrimEnd('/'));
}
