using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using MySqlConnector;

namespace SnapshotBridge.Local.Databases.Servers;

/// <summary>
/// A private MySQL or MariaDB server on 127.0.0.1 with a data directory, a port and an account of its own. It ends with
/// <see cref="DisposeAsync"/>, and also when this process ends in any other way.
/// </summary>
public sealed class MySqlServer : IAsyncDisposable
{
    private readonly MySqlServerOptions _options;
    private readonly string _folder;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private ServerProcess? _process;
    private HeldPort? _held;
    private string _templateFolder = "";
    private bool _disposed;

    private MySqlServer(MySqlServerOptions options, MySqlBinary binary, string folder)
    {
        _options = options;
        Binary = binary;
        _folder = folder;
        Port = options.Port;
        User = options.User;
        Password = options.Password ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        CaFile = options.Tls ? Path.Combine(folder, "ca.pem") : null;
    }

    public MySqlBinary Binary { get; }

    /// <summary>Always 127.0.0.1.</summary>
    public string Host { get; } = IPAddress.Loopback.ToString();

    /// <summary>The port; it stays the same when the server is stopped and started again.</summary>
    public int Port { get; private set; }

    /// <summary>An account with all privileges.</summary>
    public string User { get; }

    public string Password { get; }

    /// <summary>The CA of the server's certificate as a PEM file, or null without TLS.</summary>
    public string? CaFile { get; }

    /// <summary>The server's certificate and its key as PEM files, or null without TLS.</summary>
    internal (string Certificate, string Key)? CertificateFiles => CaFile is null ? null : (Path.Combine(_folder, "server.pem"), Path.Combine(_folder, "server-key.pem"));

    public Uri Endpoint => new($"mysql://{Host}:{Port}");

    /// <summary>The server's process id, or null while it is stopped.</summary>
    public int? ProcessId => _process?.Id;

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>
    /// For connections from this machine: without TLS where the server has no certificate of ours, without a pool, and with
    /// user variables. Holds the password.
    /// </summary>
    public MySqlConnectionStringBuilder ConnectionString() => new()
    {
        Server = Host,
        Port = (uint)Port,
        UserID = User,
        Password = Password,
        // MySQL's accounts are caching_sha2_password: without TLS the server's public key has to be asked for.
        SslMode = MySqlSslMode.None,
        AllowPublicKeyRetrieval = true,
        AllowUserVariables = true,
        Pooling = false,
        GuidFormat = MySqlGuidFormat.None,
        ConnectionTimeout = 120,
        DefaultCommandTimeout = 0,
    };

    private string PidFile => Path.Combine(_folder, "pid");

    private string Log => Path.Combine(_folder, "error.log");

    /// <summary>Sets up a data directory and starts a server on it.</summary>
    /// <exception cref="DatabaseServerException">No server program is there, or it does not start; the message says what to do.</exception>
    public static async Task<MySqlServer> StartAsync(MySqlServerOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        RequireSafeName(options);
        var binary = await MySqlBinary.FindAsync(options.Binary, cancellationToken);
        var folder = TemporaryFolder.Create("server");
        var server = new MySqlServer(options, binary, folder);
        try
        {
            server._templateFolder = await DataFolderTemplate.CopyToAsync(binary, Path.Combine(folder, "data"), cancellationToken);
            if (options.Tls)
            {
                await ServerCertificate.WriteAsync(folder, cancellationToken);
            }

            await File.WriteAllTextAsync(Path.Combine(folder, "accounts.sql"), server.AccountsSql(), cancellationToken);
            AppDomain.CurrentDomain.ProcessExit += server.OnProcessExit;
            await server.StartProcessAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the server again on its data and port, after <see cref="StopAsync"/> or a crash.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!IsRunning)
            {
                await StartProcessAsync(cancellationToken);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Stops the server in order; its data stays.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_process is { } process)
            {
                await process.StopAsync(TimeSpan.FromSeconds(20), cancellationToken);
                await process.DisposeAsync();
                _process = null;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
            if (_process is { } process)
            {
                // The data goes anyway: there is nothing to shut down in order.
                await process.KillAsync();
                await process.DisposeAsync();
                _process = null;
            }

            _held?.Dispose();
            TemporaryFolder.Delete(_folder);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task StartProcessAsync(CancellationToken cancellationToken)
    {
        // A port of our choice stays ours, also while the server is stopped. Where it cannot be held, somebody else may take it
        // between its choice and the server's start.
        if (Port == 0 && HeldPort.LetsAnotherListen)
        {
            _held ??= new HeldPort();
        }

        for (var attempt = 1; ; attempt++)
        {
            var port = Port != 0 ? Port : _held?.Number ?? FreePort();
            var offset = File.Exists(Log) ? new FileInfo(Log).Length : 0;
            File.Delete(PidFile);
            var process = await ServerProcess.StartAsync(Binary.Path, Arguments(port), _folder, _templateFolder, Log, cancellationToken);
            var started = false;
            try
            {
                started = await WaitUntilReadyAsync(process, port, cancellationToken);
            }
            finally
            {
                if (!started)
                {
                    await process.DisposeAsync();
                }
            }

            if (started)
            {
                _process = process;
                Port = port;
                return;
            }

            var said = await ReadLogAsync(offset, cancellationToken);
            if (Port != 0 || attempt == 5 || !said.Contains("in use", StringComparison.OrdinalIgnoreCase))
            {
                throw new DatabaseServerException(
                    $"'{Binary.Path}' did not start on {Host}:{port}. It said: {MySqlBinary.Tail(said)}");
            }
        }
    }

    private List<string> Arguments(int port)
    {
        var arguments = Binary.CommonArguments(Path.Combine(_folder, "data"), _folder).ToList();
        arguments.AddRange(
        [
            $"--port={port}", "--bind-address=127.0.0.1", $"--socket={Path.Combine(_folder, "s.sock")}", $"--pid-file={PidFile}",
            $"--log-error={Log}", $"--init-file={Path.Combine(_folder, "accounts.sql")}", $"--secure-file-priv={_folder}",
            "--local-infile=1", "--event-scheduler=ON", "--performance-schema=OFF", "--skip-name-resolve", "--max-connections=120",
            "--max-allowed-packet=512M", "--default-time-zone=+00:00",
        ]);
        if (!Binary.IsMariaDb)
        {
            arguments.Add("--mysqlx=OFF");
        }

        if (_options.Tls)
        {
            arguments.AddRange(
            [
                $"--ssl-ca={Path.Combine(_folder, "ca.pem")}", $"--ssl-cert={Path.Combine(_folder, "server.pem")}",
                $"--ssl-key={Path.Combine(_folder, "server-key.pem")}",
            ]);
        }

        arguments.AddRange(_options.ExtraArguments);
        return arguments;
    }

    /// <summary>The server runs this before it accepts connections, at every start. One statement per line.</summary>
    private string AccountsSql() =>
        $"CREATE USER IF NOT EXISTS '{User}'@'%' IDENTIFIED BY '{Password}';\n" +
        $"GRANT ALL PRIVILEGES ON *.* TO '{User}'@'%' WITH GRANT OPTION;\n" +
        $"ALTER USER 'root'@'localhost' IDENTIFIED BY '{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}';\n";

    private async Task<bool> WaitUntilReadyAsync(ServerProcess process, int port, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.StartTimeout);
        try
        {
            while (!process.HasExited)
            {
                // Another server may own the port: ours has written its process id once it has the port.
                if (File.Exists(PidFile) && await GreetsAsync(port, limit.Token))
                {
                    return !process.HasExited;
                }

                await Task.Delay(20, limit.Token);
            }

            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>A server that accepts connections speaks first: a packet of protocol version 10.</summary>
    private async Task<bool> GreetsAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(Host, port, cancellationToken);
            var greeting = new byte[5];
            await client.GetStream().ReadExactlyAsync(greeting, cancellationToken);
            return greeting[4] == 10;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    private async Task<string> ReadLogAsync(long offset, CancellationToken cancellationToken)
    {
        if (!File.Exists(Log))
        {
            return "";
        }

        var text = await File.ReadAllBytesAsync(Log, cancellationToken);
        return System.Text.Encoding.UTF8.GetString(text.AsSpan((int)Math.Min(offset, text.Length)));
    }

    private void OnProcessExit(object? sender, EventArgs e)
    {
        _process?.KillNow();
        TemporaryFolder.Delete(_folder);
    }

    private static int FreePort()
    {
        using var held = new HeldPort();
        return held.Number;
    }

    private static void RequireSafeName(MySqlServerOptions options)
    {
        // Both go into SQL and connection strings as they are.
        if (options.User.Length is 0 or > 32 || !options.User.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            throw new DatabaseServerException($"The account name '{options.User}' must be 1 to 32 ASCII letters, digits or underscores.");
        }

        if (options.Password is { } password && (password.Length == 0 || !password.All(c => c is >= '!' and <= '~' and not ('\'' or '\\' or ';' or '"'))))
        {
            throw new DatabaseServerException("The password must be printable ASCII without quotes, backslash, semicolon and space.");
        }
    }
}
