using System.Text;
using SnapshotBridge.Loading;

namespace SnapshotBridge.Preflight;

/// <summary>What loading needs of the OCI bucket: an object of ours, a PAR over its folder, and a listing through it as HeatWave will.</summary>
/// <param name="destination">The bucket.</param>
/// <param name="requests">Its PARs.</param>
/// <param name="delete">Deletes an object. The load itself never does; the check cleans up after itself.</param>
/// <param name="time">The clock that the PAR's end is counted from.</param>
/// <param name="list">Takes the lines.</param>
public sealed class ParChecks(
    IDestination destination, IPreauthenticatedRequests requests, Func<string, CancellationToken, Task> delete, TimeProvider time, Checklist list)
{
    /// <summary>A PAR that cannot be removed ends by itself soon.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    public async Task RunAsync(string folder, string id)
    {
        var name = $"{folder}manifest.json";
        var parName = $"snapshotbridge.preflight-{id}";
        var target = $"{destination.Name}/{folder}";
        var isWritten = await list.RunAsync("oci.manifest", $"{destination.Name}/{name}", Remedies.OciPolicy, async token =>
        {
            await destination.EnsureDocumentAsync(name, Encoding.UTF8.GetBytes($$"""{"preflight":"{{id}}"}"""), token);
            return Finding.Ok("written");
        });
        if (!isWritten)
        {
            list.Skip("par", target, "nothing could be written that it would list");
        }
        else
        {
            await list.RunAsync("par", target, Remedies.OciPolicy, async token =>
            {
                var par = await requests.CreateAsync(parName, folder, time.GetUtcNow() + Lifetime, token);
                var listed = await requests.ListThroughAsync(par, folder, token);
                return listed.Any(item => item.Name == name)
                    ? Finding.Ok("created, listed through as HeatWave will, and removed")
                    : Finding.Failed("the PAR was created, but lists nothing of its prefix", Remedies.OciPolicy);
            });
        }

        await list.RemoveAsync("par", $"the pre-authenticated request {parName}", async token =>
        {
            foreach (var found in await requests.FindAsync(parName, token))
            {
                await requests.DeleteAsync(found.Id, token);
            }
        });
        await list.RemoveAsync("oci.manifest", $"{destination.Name}/{name}", token => delete(name, token));
    }
}
