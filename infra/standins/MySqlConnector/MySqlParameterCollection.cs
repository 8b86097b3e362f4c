using System.Collections;
using System.Data;
using System.Data.Common;

namespace MySqlConnector;

/// <summary>The values of a command.</summary>
public sealed class MySqlParameterCollection : DbParameterCollection, IEnumerable<MySqlParameter>
{
    private readonly List<MySqlParameter> _parameters = [];

    internal MySqlParameterCollection()
    {
    }

    public override int Count => _parameters.Count;

    public override object SyncRoot => throw new NotSupportedException();

    public new MySqlParameter this[int index] { get => _parameters[index]; set => _parameters[index] = value; }

    public new MySqlParameter this[string name]
    {
        get => _parameters[RequiredIndexOf(name)];
        set => _parameters[RequiredIndexOf(name)] = value;
    }

    public MySqlParameter AddWithValue(string parameterName, object? value) => Add(new MySqlParameter(parameterName, value));

    public MySqlParameter Add(string parameterName, DbType dbType) => Add(new MySqlParameter { ParameterName = parameterName, DbType = dbType });

    public MySqlParameter Add(string parameterName, MySqlDbType mySqlDbType) => Add(new MySqlParameter(parameterName, mySqlDbType));

    public MySqlParameter Add(string parameterName, MySqlDbType mySqlDbType, int size) =>
        Add(new MySqlParameter(parameterName, mySqlDbType, size));

    public MySqlParameter Add(MySqlParameter parameter)
    {
        if (parameter.NormalizedName.Length > 0 && IndexOf(parameter.ParameterName) >= 0)
            throw new MySqlException(MySqlErrorCode.None, $"Parameter '{parameter.ParameterName}' has already been defined.");
        _parameters.Add(parameter);
        return parameter;
    }

    public override int Add(object value)
    {
        Add((MySqlParameter)value);
        return _parameters.Count - 1;
    }

    public override void AddRange(Array values)
    {
        foreach (var value in values)
            Add(value!);
    }

    public override void Clear() => _parameters.Clear();

    public override bool Contains(object value) => value is MySqlParameter parameter && _parameters.Contains(parameter);

    public override bool Contains(string value) => IndexOf(value) >= 0;

    public override void CopyTo(Array array, int index) => ((ICollection)_parameters).CopyTo(array, index);

    public override IEnumerator GetEnumerator() => _parameters.GetEnumerator();

    IEnumerator<MySqlParameter> IEnumerable<MySqlParameter>.GetEnumerator() => _parameters.GetEnumerator();

    public override int IndexOf(object value) => value is MySqlParameter parameter ? _parameters.IndexOf(parameter) : -1;

    public override int IndexOf(string parameterName)
    {
        var name = MySqlParameter.Normalize(parameterName);
        return _parameters.FindIndex(p => string.Equals(p.NormalizedName, name, StringComparison.OrdinalIgnoreCase));
    }

    public override void Insert(int index, object value) => _parameters.Insert(index, (MySqlParameter)value);

    public override void Remove(object value) => _parameters.Remove((MySqlParameter)value);

    public override void RemoveAt(int index) => _parameters.RemoveAt(index);

    public override void RemoveAt(string parameterName) => RemoveAt(RequiredIndexOf(parameterName));

    protected override DbParameter GetParameter(int index) => _parameters[index];

    protected override DbParameter GetParameter(string parameterName) => this[parameterName];

    protected override void SetParameter(int index, DbParameter value) => _parameters[index] = (MySqlParameter)value;

    protected override void SetParameter(string parameterName, DbParameter value) => this[parameterName] = (MySqlParameter)value;

    private int RequiredIndexOf(string name) =>
        IndexOf(name) is var index and >= 0 ? index : throw new ArgumentException($"Parameter '{name}' not found in the collection", nameof(name));
}
