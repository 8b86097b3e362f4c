using System.Text;
using MySqlConnector;
using SnapshotBridge.Local.Aws.Rds;
using SnapshotBridge.Local.Databases.Export;
using SnapshotBridge.Local.Databases.HeatWave;
using SnapshotBridge.Local.Databases.Servers;
using SnapshotBridge.Local.Databases.Source;
using Xunit;

namespace SnapshotBridge.Local.Tests.Databases;

/// <summary>One source with small data, one HeatWave and one PAR host for all tests of this folder.</summary>
public sealed class DatabasesFixture : IAsyncLifetime
{
    private MySqlServer? _source;
    private HeatWaveServer? _heatWave;
    private ParHost? _par;
    private string? _skip;

    internal MySqlServer Source => Required(_source);

    internal HeatWaveServer HeatWave => Required(_heatWave);

    internal ParHost Par => Required(_par);

    internal SourceDataResult Data { get; private set; } = new(new Dictionary<string, long>(), TimeSpan.Zero);

    internal MemoryExport Export { get; private set; } = new();

    internal ExportResult Result { get; private set; } = new(null, 0);

    internal static ExportJob Job(params string[] exportOnly) => new(
        "task-1", "arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:nightly", "export-bucket", "exports", "arn:aws:iam::123456789012:role/export",
        "arn:aws:kms:eu-west-1:123456789012:key/k", exportOnly, new DateTimeOffset(2024, 6, 7, 8, 9, 10, TimeSpan.Zero));

    public async ValueTask InitializeAsync()
    {
        if (MySqlBinary.TryFind() is null)
        {
            _skip = "No MySQL or MariaDB server program is on the PATH or in /usr/sbin (apt-get install mariadb-server-core, or set SNAPSHOTBRIDGE_MYSQLD).";
            return;
        }

        _source = await MySqlServer.StartAsync(new MySqlServerOptions(), CancellationToken.None);
        _heatWave = await HeatWaveServer.StartAsync(new HeatWaveServerOptions(), CancellationToken.None);
        _par = await ParHost.StartAsync();
        var connection = _source.ConnectionString().ConnectionString;
        Data = await SourceData.FillAsync(connection, new SourceDataOptions { OrdersParquetMegabytes = 1 }, CancellationToken.None);
        Result = await new SourceExporter(connection, new SourceExporterOptions { PartSizeBytes = 100_000 })
            .ExportAsync(Job(), Export, new Percent(), CancellationToken.None);
        foreach (var (key, bytes) in Export.Objects.Where(item => item.Key.EndsWith(".parquet", StringComparison.Ordinal)))
        {
            _par.Objects[key] = bytes;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_heatWave is not null)
        {
            await _heatWave.DisposeAsync();
        }

        if (_source is not null)
        {
            await _source.DisposeAsync();
        }

        if (_par is not null)
        {
            await _par.DisposeAsync();
        }
    }

    /// <summary>A connection to HeatWave in a state that tests may spoil.</summary>
    internal async Task<MySqlConnection> OpenHeatWaveAsync(CancellationToken cancellationToken)
    {
        var connection = new MySqlConnection(HeatWave.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    private T Required<T>(T? value) where T : class
    {
        Assert.SkipWhen(_skip is not null, _skip ?? "");
        return value ?? throw new InvalidOperationException("The fixture did not start.");
    }

    internal sealed class Percent : IProgress<int>
    {
        public List<int> Values { get; } = [];

        public void Report(int value)
        {
            lock (Values)
            {
                Values.Add(value);
            }
        }
    }
}

/// <summary>Keeps an export in memory, with the order of its puts.</summary>
internal sealed class MemoryExport : IExportTarget
{
    public List<string> Order { get; } = [];

    public Dictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

    public async Task PutAsync(string key, Stream content, CancellationToken cancellationToken)
    {
        var bytes = new MemoryStream();
        await content.CopyToAsync(bytes, cancellationToken);
        lock (Objects)
        {
            Order.Add(key);
            Objects.Add(key, bytes.ToArray());
        }
    }

    public string Text(string key) => Encoding.UTF8.GetString(Objects[key]);
}

[CollectionDefinition(Name)]
public sealed class DatabasesShared : ICollectionFixture<DatabasesFixture>
{
    public const string Name = "databases";
}
