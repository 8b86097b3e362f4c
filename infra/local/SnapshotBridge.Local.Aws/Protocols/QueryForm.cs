using System.Globalization;

namespace SnapshotBridge.Local.Aws.Protocols;

/// <summary>The parameters of a Query protocol request; lists are spelled <c>Name.member.1</c>.</summary>
internal sealed class QueryForm
{
    private readonly Dictionary<string, string> _values;

    private QueryForm(Dictionary<string, string> values) => _values = values;

    public static QueryForm Parse(IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in parameters)
            values[name] = value;
        return new QueryForm(values);
    }

    public string? Find(string name) => _values.GetValueOrDefault(name);

    /// <exception cref="AwsServiceException">MissingParameter.</exception>
    public string Require(string name)
        => Find(name) is { Length: > 0 } value
            ? value
            : throw new AwsServiceException("MissingParameter", $"The request must contain the parameter {name}");

    /// <summary>The values of <c>prefix.1</c>, <c>prefix.2</c>, … up to the first gap.</summary>
    public IReadOnlyList<string> List(string prefix)
    {
        var list = new List<string>();
        while (Find(Numbered(prefix, list.Count + 1)) is { } value)
            list.Add(value);
        return list;
    }

    /// <summary>The request's filters: <c>Filters.Filter.1.Name</c>, <c>Filters.Filter.1.Values.Value.1</c>.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<string> Values)> Filters()
    {
        var filters = new List<(string, IReadOnlyList<string>)>();
        while (Numbered("Filters.Filter", filters.Count + 1) is var prefix && Find($"{prefix}.Name") is { } name)
            filters.Add((name, List($"{prefix}.Values.Value")));
        return filters;
    }

    private static string Numbered(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}.{number}");
}
