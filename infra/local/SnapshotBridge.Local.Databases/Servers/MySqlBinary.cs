using System.Diagnostics;

namespace SnapshotBridge.Local.Databases.Servers;

/// <summary>The server program: where it is, whether it is MySQL or MariaDB, and how each is told to set up a data directory.</summary>
public sealed class MySqlBinary
{
    private const string Variable = "SNAPSHOTBRIDGE_MYSQLD";

    private static readonly string[] ProgramNames = ["mysqld", "mariadbd"];

    private static readonly string[] SetupFiles = ["system_tables.sql", "performance_tables.sql", "system_tables_data.sql"];

    private static readonly string[] SetupFilePrefixes = ["mysql_", "mariadb_"];

    private MySqlBinary(string path, string version)
    {
        Path = path;
        Version = version;
        IsMariaDb = version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);
    }

    public string Path { get; }

    /// <summary>What <c>--version</c> prints.</summary>
    public string Version { get; }

    public bool IsMariaDb { get; }

    /// <summary>The program's path, or null where there is none. SNAPSHOTBRIDGE_MYSQLD goes before the PATH.</summary>
    public static string? TryFind()
    {
        var chosen = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrWhiteSpace(chosen))
        {
            return chosen.Trim();
        }

        // Debian's packages put the servers into /usr/sbin, which is not on everybody's PATH.
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(["/usr/sbin", "/usr/local/sbin", "/usr/libexec"]);
        return folders.SelectMany(folder => ProgramNames.Select(name => System.IO.Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }

    /// <summary>Finds the program and asks it for its version.</summary>
    /// <exception cref="DatabaseServerException">There is none, or it does not run.</exception>
    public static async Task<MySqlBinary> FindAsync(string? path, CancellationToken cancellationToken)
    {
        path ??= TryFind() ?? throw new DatabaseServerException(
            $"No MySQL or MariaDB server was found on the PATH or in /usr/sbin. Install one (apt-get install mariadb-server-core) or set {Variable} to the path of mysqld or mariadbd.");
        if (!File.Exists(path))
        {
            throw new DatabaseServerException($"The server program '{path}' does not exist. Set {Variable} to the path of mysqld or mariadbd.");
        }

        var (code, output) = await RunAsync(path, ["--no-defaults", "--version"], input: null, cancellationToken);
        if (code != 0 || !output.Contains("Ver ", StringComparison.Ordinal))
        {
            throw new DatabaseServerException($"'{path} --version' ended with {code} and said: {Tail(output)}. Set {Variable} to a mysqld or mariadbd that runs.");
        }

        return new MySqlBinary(path, output.Trim());
    }

    /// <summary>Options that every start of this server needs, the setup of the data directory included.</summary>
    internal IReadOnlyList<string> CommonArguments(string dataFolder, string tempFolder)
    {
        List<string> arguments =
        [
            "--no-defaults", $"--datadir={dataFolder}", $"--tmpdir={tempFolder}", "--character-set-server=utf8mb4", "--skip-log-bin",
            "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-buffer-pool-size=128M",
        ];
        arguments.Add(IsMariaDb ? "--innodb-log-file-size=48M" : "--innodb-redo-log-capacity=96M");
        if (Environment.UserName == "root")
        {
            arguments.Add("--user=root");
        }

        return arguments;
    }

    /// <summary>Fills an empty data directory: system tables, a root without a password, a <c>sys</c> schema.</summary>
    internal async Task InitializeAsync(string dataFolder, string tempFolder, CancellationToken cancellationToken)
    {
        var arguments = CommonArguments(dataFolder, tempFolder).ToList();
        string? input = null;
        if (IsMariaDb)
        {
            // What mariadb-install-db does, which may be missing beside the server, without help tables and test schema.
            Directory.CreateDirectory(System.IO.Path.Combine(dataFolder, "mysql"));
            arguments.Add("--bootstrap");
            input = await BootstrapSqlAsync(cancellationToken);
        }
        else
        {
            arguments.Add("--initialize-insecure");
        }

        var (code, output) = await RunAsync(Path, arguments, input, cancellationToken);
        if (code != 0)
        {
            throw new DatabaseServerException($"'{Path}' could not set up a data directory in {dataFolder}: it ended with {code} and said: {Tail(output)}");
        }
    }

    private async Task<string> BootstrapSqlAsync(CancellationToken cancellationToken)
    {
        var share = ShareFolder();
        var sql = new System.Text.StringBuilder("create database if not exists mysql;\nuse mysql;\nset @auth_root_socket=NULL;\n");
        foreach (var file in SetupFiles)
        {
            var path = SetupFilePrefixes.Select(prefix => System.IO.Path.Combine(share, prefix + file)).FirstOrDefault(File.Exists)
                ?? throw new DatabaseServerException($"'{share}' holds no mysql_{file}: MariaDB's files are incomplete. Install mariadb-server-core again.");
            sql.Append(await File.ReadAllTextAsync(path, cancellationToken)).Append('\n');
        }

        return sql.Append("delete from global_priv where User='root' and Host<>'localhost';\ncreate database if not exists sys;\n").ToString();
    }

    private string ShareFolder()
    {
        var target = File.ResolveLinkTarget(Path, returnFinalTarget: true)?.FullName ?? System.IO.Path.GetFullPath(Path);
        var prefix = System.IO.Path.GetDirectoryName(System.IO.Path.GetDirectoryName(target)) ?? "/usr";
        string[] candidates = [$"{prefix}/share/mysql", $"{prefix}/share/mariadb", $"{prefix}/share", "/usr/share/mysql", "/usr/share/mariadb"];
        return candidates.FirstOrDefault(folder => File.Exists($"{folder}/mysql_system_tables.sql") || File.Exists($"{folder}/mariadb_system_tables.sql"))
            ?? throw new DatabaseServerException(
                $"The SQL files that belong to '{Path}' were found in none of {string.Join(", ", candidates)}. Install mariadb-server-core, or set {Variable} to a complete installation.");
    }

    private static async Task<(int Code, string Output)> RunAsync(
        string program, IReadOnlyList<string> arguments, string? input, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Start(start);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await FeedAsync(process, input, cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, await output + await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static async Task FeedAsync(Process process, string? input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended before it had read everything: its exit code and its words say why.
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new DatabaseServerException($"'{start.FileName}' cannot be started: {e.Message}. Set {Variable} to the path of mysqld or mariadbd.", e);
        }
    }

    /// <summary>The last lines of what a program said: the reason stands at the end.</summary>
    internal static string Tail(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Length == 0 ? "nothing" : string.Join(" | ", lines.TakeLast(5));
    }
}
