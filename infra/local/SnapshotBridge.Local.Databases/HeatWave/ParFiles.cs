using System.Net;
using System.Text.Json;

namespace SnapshotBridge.Local.Databases.HeatWave;

/// <summary>One object, downloaded.</summary>
internal sealed record LocalFile(string Name, string Path, long SizeBytes);

/// <summary>Reads Object Storage the way HeatWave does: through PARs, by GET, and in no other way.</summary>
internal sealed class ParFiles(HttpClient http)
{
    /// <summary>Names of the objects that a table's file entries stand for. A prefix is a prefix: siblings that begin alike belong to it.</summary>
    /// <exception cref="LakehouseException">The PAR gives no access (6128), or nothing matches (6068).</exception>
    public async Task<IReadOnlyList<(FileSpec Spec, string Name)>> ListAsync(IReadOnlyList<FileSpec> files, CancellationToken cancellationToken)
    {
        var found = new List<(FileSpec, string)>();
        foreach (var file in files)
        {
            if (!file.Par.EndsWith("/o/", StringComparison.Ordinal))
            {
                found.Add((file, Uri.UnescapeDataString(file.Par[(file.Par.IndexOf("/o/", StringComparison.Ordinal) + 3)..])));
            }
            else if (file.Name is { } name)
            {
                found.Add((file, name));
            }
            else
            {
                var names = await ListPrefixAsync(file.Par, file.Prefix ?? "", cancellationToken);
                found.AddRange(names.Where(n => file.Pattern is null || file.Pattern.IsMatch(n)).Select(n => (file, n)));
            }
        }

        return found.Count > 0 ? found : throw new LakehouseException(
            LakehouseException.NoFiles, $"No files found corresponding to the following data locations: {{prefix: {string.Join(", ", files.Select(Describe))}}}");
    }

    /// <summary>Downloads one object into a folder.</summary>
    public async Task<LocalFile> DownloadAsync(FileSpec spec, string name, string folder, int number, CancellationToken cancellationToken)
    {
        var url = spec.Par.EndsWith("/o/", StringComparison.Ordinal)
            ? spec.Par + string.Join('/', name.Split('/').Select(Uri.EscapeDataString))
            : spec.Par;
        using var response = await GetAsync(url, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            throw new LakehouseException(LakehouseException.NoFiles, $"No files found corresponding to the following data locations: {{object: {name}}}");
        }

        if (!response.IsSuccessStatusCode)
        {
            throw NoAccess(response.StatusCode, $"object: {name}");
        }

        var path = Path.Combine(folder, $"{number}.parquet");
        try
        {
            await using (var target = File.Create(path))
            {
                await response.Content.CopyToAsync(target, cancellationToken);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new LakehouseException(LakehouseException.OperationFailed, $"Reading {{object: {name}}} broke off ({e.GetType().Name})");
        }

        var size = new FileInfo(path).Length;
        return size > 0 ? new LocalFile(name, path, size) : throw new LakehouseException(LakehouseException.EmptyFile, $"File is empty: {{object: {name}}}");
    }

    private async Task<List<string>> ListPrefixAsync(string par, string prefix, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        string? start = null;
        do
        {
            var query = $"?limit=1000&prefix={Uri.EscapeDataString(prefix)}{(start is null ? "" : $"&start={Uri.EscapeDataString(start)}")}";
            using var response = await GetAsync(par + query, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                throw NoAccess(response.StatusCode, $"prefix: {prefix}");
            }

            using var body = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            names.AddRange(body.RootElement.GetProperty("objects").EnumerateArray().Select(item => item.GetProperty("name").GetString()!));
            start = body.RootElement.TryGetProperty("nextStartWith", out var next) ? next.GetString() : null;
        }
        while (start is not null);
        return names;
    }

    private async Task<HttpResponseMessage> GetAsync(string url, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            HttpResponseMessage? response = null;
            try
            {
                response = await http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                var transient = (int)response.StatusCode is 429 or >= 500;
                if (!transient || attempt == 4)
                {
                    return response;
                }
            }
            catch (HttpRequestException) when (attempt < 4)
            {
                // A dropped connection is tried again, as any client of Object Storage does.
            }
            catch (HttpRequestException e)
            {
                throw new LakehouseException(LakehouseException.NoAccess, $"Cannot access the data locations ({e.HttpRequestError})");
            }

            response?.Dispose();
            await Task.Delay(TimeSpan.FromMilliseconds(100 * attempt), cancellationToken);
        }
    }

    private static LakehouseException NoAccess(HttpStatusCode status, string what) =>
        new(LakehouseException.NoAccess, $"Cannot access the following data locations: {{{what}}} (HTTP {(int)status}). The PAR may be expired, wrong or without permission to list.");

    private static string Describe(FileSpec file) => file.Prefix ?? file.Pattern?.ToString() ?? "";
}
