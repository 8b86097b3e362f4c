using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MySqlConnector;

/// <summary>A connection string by its parts. Unknown options are refused.</summary>
public sealed class MySqlConnectionStringBuilder : DbConnectionStringBuilder
{
    // Each option's own name first, then the other spellings that are understood.
    private static readonly string[][] _options =
    [
        ["Server", "Host", "Data Source", "DataSource", "Address", "Addr", "Network Address"],
        ["Port"],
        ["User ID", "UserID", "Username", "Uid", "User name", "User"],
        ["Password", "pwd"],
        ["Database", "Initial Catalog"],
        ["SSL Mode", "SslMode"],
        ["SSL Cert", "SslCert", "Ssl-Cert"],
        ["SSL Key", "SslKey", "Ssl-Key"],
        ["SSL CA", "CACertificateFile", "CA Certificate File", "SslCa", "Ssl-Ca"],
        ["TLS Version", "TlsVersion", "Tls-Version"],
        ["Skip Certificate Revocation Check", "SkipCertificateRevocationCheck"],
        ["Pooling"],
        ["Connection Lifetime", "ConnectionLifeTime"],
        ["Connection Reset", "ConnectionReset"],
        ["Connection Idle Timeout", "ConnectionIdleTimeout"],
        ["Minimum Pool Size", "Min Pool Size", "MinimumPoolSize", "minpoolsize"],
        ["Maximum Pool Size", "Max Pool Size", "MaximumPoolSize", "maxpoolsize"],
        ["Allow Load Local Infile", "AllowLoadLocalInfile"],
        ["Allow Public Key Retrieval", "AllowPublicKeyRetrieval"],
        ["Allow User Variables", "AllowUserVariables"],
        ["Allow Zero DateTime", "AllowZeroDateTime"],
        ["Application Name", "ApplicationName"],
        ["Auto Enlist", "AutoEnlist"],
        ["Cancellation Timeout", "CancellationTimeout"],
        ["Character Set", "CharSet", "CharacterSet"],
        ["Connection Timeout", "ConnectionTimeout", "Connect Timeout"],
        ["Convert Zero DateTime", "ConvertZeroDateTime"],
        ["DateTime Kind", "DateTimeKind"],
        ["Default Command Timeout", "DefaultCommandTimeout", "Command Timeout"],
        ["GUID Format", "GuidFormat"],
        ["Keep Alive", "Keepalive"],
        ["Persist Security Info", "PersistSecurityInfo"],
        ["Treat Tiny As Boolean", "TreatTinyAsBoolean"],
        ["Use Affected Rows", "UseAffectedRows"],
        ["Use Compression", "Compress", "UseCompression"],
    ];

    private static readonly Dictionary<string, string> _names = _options
        .SelectMany(spellings => spellings.Select(s => (Spelling: s, Name: spellings[0])))
        .ToDictionary(x => x.Spelling, x => x.Name, StringComparer.OrdinalIgnoreCase);

    public MySqlConnectionStringBuilder()
    {
    }

    public MySqlConnectionStringBuilder(string? connectionString) => ConnectionString = connectionString;

    public string Server { get => Text("Server"); set => this["Server"] = value; }

    public uint Port { get => Number("Port", 3306); set => this["Port"] = value; }

    public string UserID { get => Text("User ID"); set => this["User ID"] = value; }

    public string Password { get => Text("Password"); set => this["Password"] = value; }

    public string Database { get => Text("Database"); set => this["Database"] = value; }

    public MySqlSslMode SslMode { get => Choice("SSL Mode", MySqlSslMode.Preferred); set => this["SSL Mode"] = value; }

    /// <summary>A client certificate in PEM form.</summary>
    public string SslCert { get => Text("SSL Cert"); set => this["SSL Cert"] = value; }

    public string SslKey { get => Text("SSL Key"); set => this["SSL Key"] = value; }

    /// <summary>A certificate authority's certificate in PEM form. The stand-in needs <c>SSL_CERT_FILE</c> to name the same file.</summary>
    public string SslCa { get => Text("SSL CA"); set => this["SSL CA"] = value; }

    public string TlsVersion { get => Text("TLS Version"); set => this["TLS Version"] = value; }

    public bool SkipCertificateRevocationCheck
    {
        get => Flag("Skip Certificate Revocation Check", false);
        set => this["Skip Certificate Revocation Check"] = value;
    }

    public bool Pooling { get => Flag("Pooling", true); set => this["Pooling"] = value; }

    public uint ConnectionLifeTime { get => Number("Connection Lifetime", 0); set => this["Connection Lifetime"] = value; }

    public bool ConnectionReset { get => Flag("Connection Reset", true); set => this["Connection Reset"] = value; }

    public uint ConnectionIdleTimeout { get => Number("Connection Idle Timeout", 180); set => this["Connection Idle Timeout"] = value; }

    public uint MinimumPoolSize { get => Number("Minimum Pool Size", 0); set => this["Minimum Pool Size"] = value; }

    public uint MaximumPoolSize { get => Number("Maximum Pool Size", 100); set => this["Maximum Pool Size"] = value; }

    public bool AllowLoadLocalInfile { get => Flag("Allow Load Local Infile", false); set => this["Allow Load Local Infile"] = value; }

    public bool AllowPublicKeyRetrieval
    {
        get => Flag("Allow Public Key Retrieval", false);
        set => this["Allow Public Key Retrieval"] = value;
    }

    public bool AllowUserVariables { get => Flag("Allow User Variables", false); set => this["Allow User Variables"] = value; }

    public bool AllowZeroDateTime { get => Flag("Allow Zero DateTime", false); set => this["Allow Zero DateTime"] = value; }

    public string ApplicationName { get => Text("Application Name"); set => this["Application Name"] = value; }

    public bool AutoEnlist { get => Flag("Auto Enlist", true); set => this["Auto Enlist"] = value; }

    /// <summary>Seconds that a cancelled command may take to answer before its connection is given up; -1 without end, 0 at once.</summary>
    public int CancellationTimeout
    {
        get => TryGetValue("Cancellation Timeout", out var value) ? Convert.ToInt32(value, CultureInfo.InvariantCulture) : 2;
        set => this["Cancellation Timeout"] = value;
    }

    public string CharacterSet { get => Text("Character Set"); set => this["Character Set"] = value; }

    /// <summary>Seconds.</summary>
    public uint ConnectionTimeout { get => Number("Connection Timeout", 15); set => this["Connection Timeout"] = value; }

    public bool ConvertZeroDateTime { get => Flag("Convert Zero DateTime", false); set => this["Convert Zero DateTime"] = value; }

    public MySqlDateTimeKind DateTimeKind
    {
        get => Choice("DateTime Kind", MySqlDateTimeKind.Unspecified);
        set => this["DateTime Kind"] = value;
    }

    /// <summary>Seconds; 0 is without end.</summary>
    public uint DefaultCommandTimeout { get => Number("Default Command Timeout", 30); set => this["Default Command Timeout"] = value; }

    public MySqlGuidFormat GuidFormat { get => Choice("GUID Format", MySqlGuidFormat.Default); set => this["GUID Format"] = value; }

    /// <summary>Seconds; 0 is never.</summary>
    public uint Keepalive { get => Number("Keep Alive", 0); set => this["Keep Alive"] = value; }

    public bool PersistSecurityInfo { get => Flag("Persist Security Info", false); set => this["Persist Security Info"] = value; }

    public bool TreatTinyAsBoolean { get => Flag("Treat Tiny As Boolean", true); set => this["Treat Tiny As Boolean"] = value; }

    public bool UseAffectedRows { get => Flag("Use Affected Rows", false); set => this["Use Affected Rows"] = value; }

    public bool UseCompression { get => Flag("Use Compression", false); set => this["Use Compression"] = value; }

    [AllowNull]
    public override object this[string keyword]
    {
        get => base[Name(keyword)];
        set
        {
            var name = Name(keyword);
            if (value is null)
                base.Remove(name);
            else
                base[name] = Convert.ToString(value, CultureInfo.InvariantCulture);
        }
    }

    public override bool ContainsKey(string keyword) => _names.TryGetValue(keyword, out var name) && base.ContainsKey(name);

    public override bool Remove(string keyword) => _names.TryGetValue(keyword, out var name) && base.Remove(name);

    public override bool TryGetValue(string keyword, [NotNullWhen(true)] out object? value)
    {
        value = null;
        return _names.TryGetValue(keyword, out var name) && base.TryGetValue(name, out value);
    }

    /// <summary>The connection string without its secret, as an open connection shows it.</summary>
    internal string WithoutPassword()
    {
        var copy = new MySqlConnectionStringBuilder(ConnectionString);
        copy.Remove("Password");
        return copy.ConnectionString;
    }

    private static string Name(string keyword) =>
        _names.TryGetValue(keyword, out var name) ? name : throw new ArgumentException($"Option '{keyword}' not supported.", nameof(keyword));

    private string Text(string name) => TryGetValue(name, out var value) ? (string)value : "";

    private uint Number(string name, uint otherwise) =>
        TryGetValue(name, out var value) ? Convert.ToUInt32(value, CultureInfo.InvariantCulture) : otherwise;

    private bool Flag(string name, bool otherwise) => !TryGetValue(name, out var value) ? otherwise : ((string)value).ToUpperInvariant() switch
    {
        "TRUE" or "YES" or "1" => true,
        "FALSE" or "NO" or "0" => false,
        _ => throw new ArgumentException($"Value '{value}' not supported for option '{name}'."),
    };

    private T Choice<T>(string name, T otherwise)
        where T : struct, Enum => !TryGetValue(name, out var value) ? otherwise
            : Enum.TryParse<T>((string)value, ignoreCase: true, out var choice) && Enum.IsDefined(choice) ? choice
            : throw new ArgumentException($"Value '{value}' not supported for option '{name}'.");
}
