using System.Collections.Frozen;
using System.Globalization;

namespace SnapshotBridge.Loading.Declarations;

/// <summary>
/// A column type of MySQL, read by a strict grammar: a known name, its numbers, an ENUM's values, UNSIGNED. What passes can
/// stand in a statement; <see cref="ToString"/> writes it anew, so that nothing of the text as it was given gets there.
/// </summary>
public sealed record SqlType
{
    // MySQL 8.4 manual, "Data Types" and "The ENUM Type".
    private const int LongestMember = 255, MostMembers = 65_535, LongestChar = 255, LongestVarchar = 65_535, MostDigits = 65, MostPlaces = TypeChoice.MostPlaces, MostFraction = 6;

    private static readonly FrozenDictionary<string, string> Spellings = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["tinyint"] = "TINYINT", ["smallint"] = "SMALLINT", ["mediumint"] = "MEDIUMINT", ["int"] = "INT", ["integer"] = "INT", ["bigint"] = "BIGINT",
        ["bool"] = "TINYINT", ["boolean"] = "TINYINT",
        ["decimal"] = "DECIMAL", ["numeric"] = "DECIMAL", ["dec"] = "DECIMAL", ["fixed"] = "DECIMAL",
        ["float"] = "FLOAT", ["double"] = "DOUBLE", ["double precision"] = "DOUBLE", ["real"] = "DOUBLE",
        ["date"] = "DATE", ["time"] = "TIME", ["datetime"] = "DATETIME", ["timestamp"] = "TIMESTAMP", ["year"] = "YEAR",
        ["char"] = "CHAR", ["character"] = "CHAR", ["varchar"] = "VARCHAR", ["character varying"] = "VARCHAR",
        ["tinytext"] = "TINYTEXT", ["text"] = "TEXT", ["mediumtext"] = "MEDIUMTEXT", ["longtext"] = "LONGTEXT",
        ["enum"] = "ENUM", ["json"] = "JSON",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private SqlType(string name) => Name = name;

    /// <summary>The name in capitals, synonyms replaced: <c>INT</c> for INTEGER, <c>TINYINT</c> for BOOLEAN.</summary>
    public string Name { get; }

    /// <summary>Length, or precision and scale, or digits of a second.</summary>
    public IReadOnlyList<int> Numbers { get; private init; } = [];

    /// <summary>An ENUM's values.</summary>
    public IReadOnlyList<string> Values { get; private init; } = [];

    public bool IsUnsigned { get; private init; }

    /// <summary>Reads a type, or says in <paramref name="problem"/> why it is none that a table in HeatWave can have.</summary>
    public static SqlType? Parse(string text, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = TypeText.Parse(text, out problem);
        if (parts is null)
        {
            return null;
        }

        // Without brackets, UNSIGNED is among the name's words.
        var isUnsigned = parts.Suffix == "unsigned" || (parts.Suffix.Length == 0 && parts.Name.EndsWith(" unsigned", StringComparison.Ordinal));
        var name = isUnsigned && parts.Suffix.Length == 0 ? parts.Name[..^" unsigned".Length] : parts.Name;
        if (parts.IsArray || (parts.Suffix.Length > 0 && !isUnsigned))
        {
            problem = $"'{(parts.IsArray ? "[]" : parts.Suffix)}' is no part of a type here";
            return null;
        }

        if (!Spellings.TryGetValue(name, out var spelling))
        {
            problem = name == "set"
                ? "HeatWave has no SET; VARCHAR takes its values"
                : $"'{name}' is no type that HeatWave loads; it loads {string.Join(", ", Spellings.Values.Distinct(StringComparer.Ordinal))}";
            return null;
        }

        var type = new SqlType(spelling) { Numbers = parts.Numbers, Values = parts.Values, IsUnsigned = isUnsigned }.Normal(name);
        problem = type.Problem();
        return problem is null ? type : null;
    }

    /// <summary>The type as it stands in a statement.</summary>
    public override string ToString()
    {
        var brackets = Values.Count > 0
            ? $"({string.Join(',', Values.Select(SqlText.Literal))})"
            : Numbers.Count > 0 ? $"({string.Join(',', Numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)))})" : "";
        return $"{Name}{brackets}{(IsUnsigned ? " UNSIGNED" : "")}";
    }

    /// <summary>Display widths and the like say nothing about the values: INT(11) is INT, YEAR(4) is YEAR, DATETIME(0) is DATETIME.</summary>
    private SqlType Normal(string name) => Name switch
    {
        "TINYINT" or "SMALLINT" or "MEDIUMINT" or "INT" or "BIGINT" or "YEAR" when Numbers is [>= 1 and <= 255] => this with { Numbers = [] },
        "FLOAT" when Numbers is [> 24 and <= 53] => new SqlType("DOUBLE") { IsUnsigned = IsUnsigned },
        "FLOAT" when Numbers is [<= 24] || IsPair(Numbers) => this with { Numbers = [] },
        "DOUBLE" when IsPair(Numbers) => this with { Numbers = [] },
        "DECIMAL" when Numbers.Count == 0 => this with { Numbers = [10, 0] },
        "DECIMAL" when Numbers.Count == 1 => this with { Numbers = [Numbers[0], 0] },
        "TIME" or "DATETIME" or "TIMESTAMP" when Numbers is [0] => this with { Numbers = [] },
        "CHAR" when Numbers.Count == 0 && name != "varchar" => this with { Numbers = [1] },
        "TEXT" when Numbers.Count == 1 => this with { Numbers = [] },
        _ => this,
    };

    private static bool IsPair(IReadOnlyList<int> numbers) => numbers.Count == 2 && numbers[0] <= 255 && numbers[1] <= MostPlaces && numbers[1] <= numbers[0];

    private string? Problem()
    {
        if (IsUnsigned && Name is not ("TINYINT" or "SMALLINT" or "MEDIUMINT" or "INT" or "BIGINT" or "DECIMAL" or "FLOAT" or "DOUBLE"))
        {
            return $"{Name} cannot be UNSIGNED";
        }

        if (Values.Count > 0 != (Name == "ENUM"))
        {
            return Name == "ENUM" ? "ENUM needs its values: ENUM('new','paid')" : $"{Name} has no values";
        }

        return Name switch
        {
            "ENUM" => MembersProblem(),
            "DECIMAL" when Numbers.Count > 2 || Numbers[0] is < 1 or > MostDigits || Numbers[1] > MostPlaces || Numbers[1] > Numbers[0] =>
                $"DECIMAL has 1 to {MostDigits} digits, of which up to {MostPlaces} are decimal places",
            "DECIMAL" => null,
            "TIME" or "DATETIME" or "TIMESTAMP" => Numbers.Count <= 1 && Numbers.All(digits => digits <= MostFraction) ? null : $"{Name} has up to {MostFraction} digits of a second",
            "CHAR" => Numbers is [<= LongestChar] ? null : $"CHAR has one length of up to {LongestChar}",
            "VARCHAR" => Numbers is [<= LongestVarchar] ? null : $"VARCHAR needs one length of up to {LongestVarchar}",
            _ => Numbers.Count == 0 ? null : $"{Name} does not take these numbers",
        };
    }

    private string? MembersProblem()
    {
        if (Values.Count > MostMembers || Values.Any(value => value.Length > LongestMember))
        {
            return $"ENUM has up to {MostMembers} values of up to {LongestMember} characters";
        }

        if (Values.Any(value => value.Contains('\0')))
        {
            return "a value of an ENUM contains U+0000";
        }

        // MySQL takes trailing spaces off members. Those that differ in case or accents alone are declared with a collation that tells them apart.
        var twice = Values.GroupBy(value => value.TrimEnd(' '), StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? null : $"ENUM names '{twice.Key}' twice";
    }
}
