using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.Oci;

/// <summary>Pre-authenticated requests: creating them, and what they allow.</summary>
internal static class ParHandlers
{
    private static readonly string[] ObjectTypes = ["ObjectRead", "ObjectWrite", "ObjectReadWrite"];
    private static readonly string[] PrefixTypes = ["AnyObjectRead", "AnyObjectWrite", "AnyObjectReadWrite"];

    public static async Task CreateAsync(OciExchange exchange, TimeProvider time)
    {
        using var document = UploadHandlers.Parse(exchange);
        var body = document.RootElement;
        var name = UploadHandlers.Text(body, "name") is { Length: > 0 } given ? given : throw OciProblem.Invalid("InvalidParameter", "name is required");
        var accessType = UploadHandlers.Text(body, "accessType");
        var objectName = UploadHandlers.Text(body, "objectName") is { Length: > 0 } stated ? stated : null;
        var listing = UploadHandlers.Text(body, "bucketListingAction") ?? "Deny";
        if (!ObjectTypes.Contains(accessType, StringComparer.Ordinal) && !PrefixTypes.Contains(accessType, StringComparer.Ordinal))
        {
            throw OciProblem.Invalid("InvalidParameter", $"accessType must be one of {string.Join(", ", ObjectTypes.Concat(PrefixTypes))}, not '{accessType}'");
        }

        if (objectName is null && ObjectTypes.Contains(accessType, StringComparer.Ordinal))
        {
            throw OciProblem.Invalid("InvalidParameter", $"objectName is required for {accessType}");
        }

        if (listing is not ("Deny" or "ListObjects") || (listing == "ListObjects" && accessType is not ("AnyObjectRead" or "AnyObjectReadWrite")))
        {
            throw OciProblem.Invalid("InvalidParameter", $"bucketListingAction '{listing}' is not possible with {accessType}");
        }

        var now = time.GetUtcNow();
        if (!DateTimeOffset.TryParse(UploadHandlers.Text(body, "timeExpires"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var expires) || expires <= now)
        {
            throw OciProblem.Invalid("InvalidParameter", "timeExpires must be a time in the future");
        }

        var par = new OciStoredPar
        {
            // With '/' and '+', as the service's ids have them: whoever uses one must escape it.
            Id = $"{Convert.ToBase64String(RandomNumberGenerator.GetBytes(33))}/+{(objectName is null ? "" : ":" + objectName)}",
            Name = name,
            ObjectName = objectName,
            AccessType = accessType!,
            AllowsListing = listing == "ListObjects",
            TimeCreated = now,
            TimeExpires = expires,
            Token = RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 64),
            Creator = exchange.User,
        };
        if (!exchange.User!.Has(par.Grants))
        {
            throw OciProblem.BucketNotFound(exchange.Bucket, exchange.Store.Namespace, $"the user lacks {par.Grants}, which the PAR would grant");
        }

        exchange.Store.AddPar(exchange.Bucket, par);
        var ofObject = ObjectTypes.Contains(accessType, StringComparer.Ordinal) ? Uri.EscapeDataString(objectName!) : "";
        var accessUri = $"/p/{par.Token}/n/{Uri.EscapeDataString(exchange.Store.Namespace)}/b/{Uri.EscapeDataString(exchange.Bucket)}/o/{ofObject}";
        var answer = Summary(par);
        answer["accessUri"] = accessUri;
        answer["fullPath"] = $"{exchange.Http.Request.Scheme}://{exchange.Http.Request.Host}{accessUri}";
        await exchange.AnswerJsonAsync(200, answer);
    }

    public static Task GetAsync(OciExchange exchange) =>
        exchange.AnswerJsonAsync(200, Summary(exchange.Store.FindPar(exchange.Bucket, exchange.Name) ?? throw NotFound(exchange)));

    public static Task ListAsync(OciExchange exchange)
    {
        var prefix = exchange.Query("objectNamePrefix") ?? "";
        var pars = exchange.Store.Pars(exchange.Bucket).Where(par => (par.ObjectName ?? "").StartsWith(prefix, StringComparison.Ordinal)).ToList();
        return exchange.AnswerJsonAsync(200, ListHandlers.Page(exchange, pars, Summary));
    }

    public static Task DeleteAsync(OciExchange exchange) =>
        exchange.Store.RemovePar(exchange.Bucket, exchange.Name) ? exchange.AnswerAsync(204) : throw NotFound(exchange);

    /// <summary>The PAR of a request that comes through one, if it allows that request now.</summary>
    /// <exception cref="OciProblem">404: the service does not tell a missing PAR from one that does not cover the request.</exception>
    public static OciStoredPar Authorize(OciExchange exchange, DateTimeOffset now)
    {
        var (target, store) = (exchange.Target, exchange.Store);
        var par = target.Namespace == store.Namespace && target.Bucket is { } bucket ? store.FindParByToken(bucket, target.ParToken!) : null;
        if (par is null)
        {
            throw OciProblem.ParNotFound("there is no such PAR for this bucket");
        }

        if (now >= par.TimeExpires)
        {
            throw OciProblem.ParNotFound($"the PAR '{par.Name}' expired at {ListHandlers.Time(par.TimeExpires)}");
        }

        // Checked on every use: deleting the creator or narrowing its policy ends the PAR.
        if (par.Creator is not { } creator || store.User(creator.KeyId) is null)
        {
            throw OciProblem.ParNotFound($"the creator of PAR '{par.Name}' does not exist any more");
        }

        var isAllowed = target.Operation switch
        {
            // A listing must name the prefix that it stays in.
            OciOperation.ListObjects => par.AllowsListing && par.Covers(exchange.Query("prefix") ?? "") && creator.Has(OciPermissions.ObjectInspect),
            OciOperation.GetObject or OciOperation.HeadObject => par.Reads && par.Covers(target.Name!) && creator.Has(OciPermissions.ObjectRead),
            OciOperation.PutObject => par.Writes && par.Covers(target.Name!) && creator.Has(OciPermissions.ObjectCreate | OciPermissions.ObjectOverwrite),
            _ => false,
        };
        return isAllowed ? par : throw OciProblem.ParNotFound($"the PAR '{par.Name}' does not allow {target.Operation} of '{target.Name ?? exchange.Query("prefix")}'");
    }

    private static OciProblem NotFound(OciExchange exchange) =>
        new(404, "PreauthenticatedRequestNotFound", $"The pre-authenticated request '{exchange.Name}' was not found");

    private static JsonObject Summary(OciStoredPar par) => new()
    {
        ["id"] = par.Id,
        ["name"] = par.Name,
        ["objectName"] = par.ObjectName,
        ["accessType"] = par.AccessType,
        ["bucketListingAction"] = par.AllowsListing ? "ListObjects" : "Deny",
        ["timeCreated"] = ListHandlers.Time(par.TimeCreated),
        ["timeExpires"] = ListHandlers.Time(par.TimeExpires),
    };
}
