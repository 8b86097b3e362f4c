using System.Globalization;

namespace SnapshotBridge.Configuration;

/// <summary>
/// Reads a function's options from environment variables and collects every problem, so that one failed start names
/// all of them. Call the readers, then <see cref="ThrowIfInvalid"/>, and only then use what they returned.
/// </summary>
public sealed class EnvironmentReader(Func<string, string?> variable)
{
    private readonly List<string> _problems = [];

    /// <summary>A reader over the process's own environment.</summary>
    public static EnvironmentReader Process() => new(Environment.GetEnvironmentVariable);

    /// <summary>A text that must be there.</summary>
    public string Required(string name)
    {
        var value = Optional(name);
        if (value is null)
        {
            _problems.Add($"{name} is not set");
        }

        return value ?? "";
    }

    /// <summary>A text, or null where the variable is absent or blank.</summary>
    public string? Optional(string name) => variable(name) is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

    /// <summary>A whole number within a range, or the default where the variable is absent.</summary>
    public long Number(string name, long defaultValue, long minimum, long maximum)
    {
        var text = Optional(name);
        if (text is null)
        {
            return defaultValue;
        }

        if (!long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) || value < minimum || value > maximum)
        {
            Problem(name, text, $"must be a whole number from {minimum} to {maximum}");
            return defaultValue;
        }

        return value;
    }

    /// <summary>One of an enumeration's names, whatever its case, or the default where the variable is absent.</summary>
    public T OneOf<T>(string name, T defaultValue) where T : struct, Enum
    {
        var text = Optional(name);
        if (text is null)
        {
            return defaultValue;
        }

        if (Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0]))
        {
            return value;
        }

        Problem(name, text, $"must be one of {string.Join(", ", Enum.GetNames<T>())}");
        return defaultValue;
    }

    /// <summary>The parts of a comma-separated list, trimmed, empty ones left out.</summary>
    public IReadOnlyList<string> List(string name) =>
        Optional(name)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Notes a problem with a variable's value. Never pass a secret as <paramref name="value"/>.</summary>
    public void Problem(string name, string value, string rule) => _problems.Add($"{name} is '{value}' but {rule}");

    /// <exception cref="InvalidOptionsException">Any variable read so far is missing or invalid; the message names all of them.</exception>
    public void ThrowIfInvalid(string function)
    {
        if (_problems.Count > 0)
        {
            throw new InvalidOptionsException(function, _problems);
        }
    }
}
