using System.Globalization;
using Driver = MySql.Data.MySqlClient;

namespace MySqlConnector;

/// <summary>What the driver underneath is told. Where it would be laxer or differ in the types it reads, it is told otherwise.</summary>
internal static class DriverConnectionString
{
    public static string From(MySqlConnectionStringBuilder options, bool pooling)
    {
        RequireTrust(options);
        var driver = new Driver.MySqlConnectionStringBuilder
        {
            Server = options.Server,
            Port = options.Port,
            UserID = options.UserID,
            Password = options.Password,
            Database = options.Database,
            SslMode = options.SslMode switch
            {
                MySqlSslMode.None => Driver.MySqlSslMode.Disabled,
                MySqlSslMode.Preferred => Driver.MySqlSslMode.Preferred,
                MySqlSslMode.Required => Driver.MySqlSslMode.Required,
                MySqlSslMode.VerifyCA => Driver.MySqlSslMode.VerifyCA,
                _ => Driver.MySqlSslMode.VerifyFull,
            },
            Pooling = pooling,
            MinimumPoolSize = options.MinimumPoolSize,
            MaximumPoolSize = options.MaximumPoolSize,
            ConnectionLifeTime = options.ConnectionLifeTime,
            ConnectionReset = options.ConnectionReset,
            ConnectionTimeout = options.ConnectionTimeout,

            // The driver underneath sets it with a control code that only Windows has, and cannot connect elsewhere.
            Keepalive = OperatingSystem.IsWindows() ? options.Keepalive : 0,
            CharacterSet = options.CharacterSet.Length > 0 ? options.CharacterSet : "utf8mb4",
            AllowLoadLocalInfile = options.AllowLoadLocalInfile,
            AllowPublicKeyRetrieval = options.AllowPublicKeyRetrieval,
            TreatTinyAsBoolean = options.TreatTinyAsBoolean,
            UseAffectedRows = options.UseAffectedRows,
            PersistSecurityInfo = true,

            // Its own timeout hangs or closes the connection: ours kills the query from a second connection instead.
            DefaultCommandTimeout = 0,

            // Undefined variables are found before a command is sent, with the package's message.
            AllowUserVariables = true,

            // Values arrive unconverted, so that what cannot be converted fails only where it is asked for.
            AllowZeroDateTime = true,
            OldGuids = true,
            AutoEnlist = false,
        };
        if (options.TlsVersion.Length > 0)
            driver.TlsVersion = options.TlsVersion;
        return driver.ConnectionString;
    }

    /// <summary>
    /// The driver underneath cannot read a certificate authority from a file, but .NET trusts the one in <c>SSL_CERT_FILE</c> when the
    /// variable is set before the process starts. Without it a verified connection is refused rather than made unverified.
    /// </summary>
    private static void RequireTrust(MySqlConnectionStringBuilder options)
    {
        if (options.SslMode is not (MySqlSslMode.VerifyCA or MySqlSslMode.VerifyFull) || options.SslCa.Length == 0)
            return;
        if (!File.Exists(options.SslCa))
            throw new MySqlException(MySqlErrorCode.None, "Cannot find CA Certificate File: " + options.SslCa);

        var trusted = Environment.GetEnvironmentVariable("SSL_CERT_FILE");
        if (trusted is { Length: > 0 } && File.Exists(trusted) && SameContent(trusted, options.SslCa))
            return;
        throw new MySqlException(
            MySqlErrorCode.UnableToConnectToHost,
            string.Create(
                CultureInfo.InvariantCulture,
                $"SSL Authentication Error: this stand-in of MySqlConnector verifies certificates by the system's trust only, and SSL_CERT_FILE is '{trusted}' where SslCa is '{options.SslCa}'. Start the process with SSL_CERT_FILE set to the same file, or use the real package."));
    }

    private static bool SameContent(string one, string other) =>
        Path.GetFullPath(one) == Path.GetFullPath(other) || File.ReadAllBytes(one).AsSpan().SequenceEqual(File.ReadAllBytes(other));
}
