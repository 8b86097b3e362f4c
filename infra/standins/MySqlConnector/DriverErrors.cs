using System.Security.Authentication;
using Driver = MySql.Data.MySqlClient;

namespace MySqlConnector;

/// <summary>Turns what the driver underneath throws into the package's exception.</summary>
internal static class DriverErrors
{
    public static Exception Translate(Exception error)
    {
        switch (error)
        {
            case MySqlException or OperationCanceledException or ArgumentException or InvalidCastException:
                return error;
            case Driver.MySqlException driver:
                var (number, message) = NumberAndMessage(driver);
                return new MySqlException((MySqlErrorCode)number, message, driver);
            default:
                return new MySqlException(MySqlErrorCode.None, "Failed to read the result set.", error);
        }
    }

    /// <summary>The same while a connection is being opened, where everything unexplained means that the host was not reached.</summary>
    public static Exception TranslateConnecting(Exception error)
    {
        if (error is MySqlException or OperationCanceledException or ArgumentException)
            return error;

        // Once .NET has refused a certificate, the driver looks for a library that is not here in order to say so.
        var tls = Chain(error).FirstOrDefault(
            e => e is AuthenticationException or FileNotFoundException { FileName: not null } && e.ToString().Contains("Ssl", StringComparison.OrdinalIgnoreCase));
        if (tls is not null)
            return new MySqlException(MySqlErrorCode.UnableToConnectToHost, "SSL Authentication Error", tls);

        var (number, message) = error is Driver.MySqlException driver ? NumberAndMessage(driver) : (0, error.Message);
        if (message.Contains("does not support SSL", StringComparison.Ordinal))
            return new MySqlException(MySqlErrorCode.UnableToConnectToHost, "Server does not support SSL", error);
        if (number is 0 or (int)MySqlErrorCode.UnableToConnectToHost)
        {
            var text = Chain(error).OfType<TimeoutException>().Any()
                ? "Connect Timeout expired."
                : "Unable to connect to any of the specified MySQL hosts.";
            return new MySqlException(MySqlErrorCode.UnableToConnectToHost, text, error);
        }

        return new MySqlException((MySqlErrorCode)number, message, error);
    }

    /// <summary>The number nearest to the surface, and the message of the exception that has it.</summary>
    private static (int Number, string Message) NumberAndMessage(Driver.MySqlException error)
    {
        // An authentication failure has the server's number outside and the server's own words inside.
        var numbered = Chain(error).OfType<Driver.MySqlException>().Where(e => e.Number != 0).ToList();
        return numbered.Count == 0 ? (0, error.Message) : (numbered[0].Number, numbered.Last(e => e.Number == numbered[0].Number).Message);
    }

    private static IEnumerable<Exception> Chain(Exception error)
    {
        for (var e = error; e is not null; e = e.InnerException)
            yield return e;
    }
}
