using SnapshotBridge.Local.Aws.Protocols;

namespace SnapshotBridge.Local.Aws.Rds;

internal static class RdsFilters
{
    /// <summary>All filters must hold; within one any value.</summary>
    /// <exception cref="AwsServiceException">InvalidParameterValue: a filter of another name, or without values.</exception>
    public static Func<T, bool> Read<T>(QueryForm form, IReadOnlyDictionary<string, Func<T, string>> known)
    {
        var filters = form.Filters();
        foreach (var (name, values) in filters)
        {
            if (!known.ContainsKey(name))
                throw new AwsServiceException("InvalidParameterValue", $"Unrecognized filter name: {name}");
            if (values.Count == 0)
                throw new AwsServiceException("InvalidParameterValue", $"The filter {name} has no values.");
        }

        return item => filters.All(filter => filter.Values.Contains(known[filter.Name](item)));
    }
}
