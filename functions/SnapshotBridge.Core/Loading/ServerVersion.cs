using System.Text.RegularExpressions;

namespace SnapshotBridge.Loading;

/// <summary>Which arguments <c>sys.heatwave_load</c> takes.</summary>
public enum LoadCallForm
{
    /// <summary>Before 8.4.0: a list of schemas, and the files in the option <c>external_tables</c>.</summary>
    ExternalTables,

    /// <summary>From 8.4.0: one list with each table's <c>engine_attribute</c>.</summary>
    InputList,
}

/// <summary>A server's version, and what follows from it.</summary>
public sealed partial record ServerVersion(string Text, Version Number, bool IsMariaDb)
{
    private static readonly Version InputListSince = new(8, 4, 0);

    /// <summary>Reads <c>@@version</c>, such as <c>9.4.1-u1-cloud</c> or <c>10.11.19-MariaDB-0+deb12u1</c>.</summary>
    /// <exception cref="HeatWaveNotAvailableException">The text does not begin with a version.</exception>
    public static ServerVersion Parse(string text, string server)
    {
        var match = Numbers().Match(text);
        if (!match.Success)
        {
            throw new HeatWaveNotAvailableException(server, $"it says that its version is '{text}', which is no MySQL version");
        }

        return new ServerVersion(
            text,
            Version.Parse(match.Value.Count(character => character == '.') == 1 ? $"{match.Value}.0" : match.Value),
            text.Contains("MariaDB", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>A stand-in on MariaDB, whatever MariaDB's own number, speaks the current form.</summary>
    public LoadCallForm CallForm => IsMariaDb || Number >= InputListSince ? LoadCallForm.InputList : LoadCallForm.ExternalTables;

    [GeneratedRegex(@"^\d{1,3}\.\d{1,3}(?:\.\d{1,3})?", RegexOptions.CultureInvariant)]
    private static partial Regex Numbers();
}
