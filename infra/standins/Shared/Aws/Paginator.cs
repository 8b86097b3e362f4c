using System.Runtime.CompilerServices;
using Amazon.Runtime;

namespace SnapshotBridge.StandIns.Aws;

/// <summary>Asks for page after page. Usable once, like the SDK's.</summary>
internal sealed class Paginator<TResponse>(Func<string, CancellationToken, Task<TResponse>> page, Func<TResponse, string> next)
    : IPaginator<TResponse>
{
    private int _used;

    public async IAsyncEnumerable<TResponse> PaginateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _used, 1) != 0)
            throw new InvalidOperationException("Paginator has already been consumed and cannot be reused. Please create a new instance.");
        string marker = null;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            var response = await page(marker, cancellationToken).ConfigureAwait(false);
            marker = next(response);
            yield return response;
        }
        while (!string.IsNullOrEmpty(marker));
    }
}
