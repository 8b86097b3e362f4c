using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Amazon.EventBridge;
using Amazon.Lambda.Core;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.SecretsManager;
using SnapshotBridge.Copying;
using SnapshotBridge.Loading;
using SnapshotBridge.LoadTables;
using SnapshotBridge.Local.Aws;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Parquet;
using SnapshotBridge.Planning;
using SnapshotBridge.Reporting;
using SnapshotBridge.Requests;
using Xunit;

namespace SnapshotBridge.Functions.Tests.LoadTables;

/// <summary>The servers that LoadTables talks to, started once for all its tests.</summary>
public sealed class LoadServers : IAsyncLifetime
{
    public const string ExportBucket = "exports-local";
    public const string OciBucket = "snapshots";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"load-tables-{Guid.NewGuid():N}");

    internal AwsEndpoints Aws { get; private set; } = null!;

    internal OciEndpoint Oci { get; private set; } = null!;

    internal OciUser OciUser { get; } = OciUser.Generate();

    internal ScriptedHeatWave HeatWave { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var token = TestContext.Current.CancellationToken;
        Directory.CreateDirectory(_folder);
        Aws = await AwsEndpoints.StartAsync(new AwsEndpointsOptions { Folder = _folder }, token);
        Aws.S3Store.CreateBucket(ExportBucket);
        Oci = await OciEndpoint.StartAsync(new OciEndpointOptions { Buckets = [OciBucket], Users = [OciUser] }, token);
        HeatWave = await ScriptedHeatWave.StartAsync(withProcedure: true, token);
    }

    public async ValueTask DisposeAsync()
    {
        await HeatWave.DisposeAsync();
        await Oci.DisposeAsync();
        await Aws.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Tests that share the servers; one after another, because faults and the invocation lock are the servers'.</summary>
[CollectionDefinition(Name)]
public sealed class LoadTablesTestGroup : ICollectionFixture<LoadServers>
{
    public const string Name = "LoadTables";
}

/// <summary>One export that was copied, and LoadTables pointed at the local servers.</summary>
internal sealed partial class LoadLab
{
    private readonly LoadServers _servers;
    private readonly List<PlannedTable> _tables = [];
    private readonly List<CopiedObject> _objects = [];
    private readonly List<SkippedTable> _skipped = [];
    private readonly StringBuilder _log = new();

    public LoadLab(LoadServers servers, ScriptedHeatWave? heatWave = null)
    {
        _servers = servers;
        HeatWave = heatWave ?? servers.HeatWave;
        var id = Guid.NewGuid().ToString("N")[..10];
        ExportTaskId = $"snap-{id}";
        Schema = $"s_{id}";
        OciSecretId = $"oci-{id}";
        HeatWaveSecretId = $"heatwave-{id}";
        servers.Aws.Secrets.Store.Put(OciSecretId, servers.OciUser.SecretJson());
        UsePassword(HeatWave.Server.User, HeatWave.Server.Password);
        Options = new LoadTablesOptions
        {
            ExportBucket = LoadServers.ExportBucket,
            AwsRegion = servers.Aws.Region,
            OciRegion = "eu-frankfurt-1",
            OciEndpoint = servers.Oci.Endpoint,
            OciEndpointIsCustom = true,
            OciBucket = LoadServers.OciBucket,
            OciSecretId = OciSecretId,
            HeatWaveHost = HeatWave.Server.Host,
            HeatWavePort = (uint)HeatWave.Server.Port,
            HeatWaveSecretId = HeatWaveSecretId,
            HeatWaveSslMode = HeatWaveSslMode.None,
            Settings = new LoadSettings { Defaults = new LoadChoices { Types = TypeMode.Inferred }, Watch = TimeSpan.FromMinutes(4), Reserve = TimeSpan.FromSeconds(2), ShortestCall = TimeSpan.FromSeconds(1) },
        };
    }

    public ScriptedHeatWave HeatWave { get; }

    public string ExportTaskId { get; set; }

    /// <summary>A schema of this test's own.</summary>
    public string Schema { get; }

    public string OciSecretId { get; }

    public string HeatWaveSecretId { get; }

    public LoadTablesOptions Options { get; set; }

    /// <summary>Takes what cold functions measure.</summary>
    public SnapshotBridge.Metrics.IMetricRecorder? Metrics { get; set; }

    /// <summary>What the requests ask for as <c>verify</c>; nothing where null.</summary>
    public string? Verify { get; set; }

    /// <summary>How much time each invocation has.</summary>
    public TimeSpan InvocationTime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How much of it is gone as soon as the function has read how long its invocation is.</summary>
    public TimeSpan SpentTime { get; set; }

    /// <summary>The function's clock, and that of its invocations.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>
    /// How much time whatever has happened so far is taken to have cost, besides what the clock says: what invocations share out
    /// is then a matter of the test, however slow the machine is.
    /// </summary>
    public Func<TimeSpan> Cost { get; set; } = () => TimeSpan.Zero;

    public string Folder => $"snapshots/{ExportTaskId}/";

    public string Log => _log.ToString();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void UsePassword(string user, string password) =>
        _servers.Aws.Secrets.Store.Put(HeatWaveSecretId, JsonSerializer.Serialize(new Dictionary<string, string> { ["username"] = user, ["password"] = password }));

    /// <summary>Points the function at another server.</summary>
    public LoadLab At(string host, int port, string user, string password)
    {
        UsePassword(user, password);
        Options = Options with { HeatWaveHost = host, HeatWavePort = (uint)port };
        return this;
    }

    /// <summary>Adds a table to the export, one object per row count, and puts its objects into the OCI bucket.</summary>
    public LoadLab Table(string table, params int[] rows) => Table(Schema, table, ["id INT32", "name BYTE_ARRAY (UTF8)"], rows);

    public LoadLab Table(string schema, string table, string[] columns, params int[] rows) =>
        Files(schema, table, columns, [.. rows.Select((count, part) => (Encoding.UTF8.GetBytes($"PAR1 {schema}.{table} {part} PAR1"), count))]);

    public LoadLab Files(string schema, string table, string[] columns, params (byte[] Content, int Rows)[] files)
    {
        var prefix = $"{Folder}{schema}/{schema}.{table}/";
        var index = _tables.Count;
        for (var part = 0; part < files.Length; part++)
        {
            Put(index, $"{prefix}1/part-{part:D5}-{Guid.Empty}-c000.gz.parquet", files[part].Content, files[part].Rows, columns);
        }

        _tables.Add(new PlannedTable
        {
            Database = schema,
            Schema = schema,
            Table = table,
            SourcePrefix = $"exports/{ExportTaskId}/{schema}/{schema}.{table}/",
            DestinationPrefix = prefix,
            Objects = files.Length,
            Bytes = files.Sum(file => file.Content.Length),
            Columns = [],
        });
        return this;
    }

    /// <summary>What RDS tells of the last table's columns at the source.</summary>
    public LoadLab Typed(params SourceColumn[] columns)
    {
        _tables[^1] = _tables[^1] with { Columns = columns };
        return this;
    }

    /// <summary>A table that RDS found without rows: it wrote no file, and tells the columns.</summary>
    public LoadLab Empty(string schema, string table, params SourceColumn[] columns) => Files(schema, table, []).Typed(columns);

    public LoadLab Skipped(string target, string reason)
    {
        _skipped.Add(new SkippedTable(target, reason));
        return this;
    }

    /// <summary>False where the copy was made by a version that kept no statistics.</summary>
    public bool WithStatistics { get; set; } = true;

    /// <summary>What CopyTable reads on the way past, of those objects that are Parquet files.</summary>
    private List<TableStatistics> Statistics() =>
    [
        .. _objects.GroupBy(item => item.Table).Select(table => table.Select(item => Statistics(item)).OfType<TableStatistics>().ToList())
            .Where(parts => parts.Count > 0).Select(parts => parts.Aggregate(TableStatistics.Merge)),
    ];

    private TableStatistics? Statistics(CopiedObject item)
    {
        try
        {
            var footer = ParquetFooter.Read(item.Key, _servers.Oci.Store.Read(LoadServers.OciBucket, item.DestinationName), withColumnChunks: true);
            return new TableStatistics { Table = item.Table, Objects = 1, Columns = FooterStatistics.Of(footer, item.Key) };
        }
        catch (ParquetFileInvalidException)
        {
            return null;
        }
    }

    public void ReplaceColumns(int part, params string[] columns) => _objects[part] = _objects[part] with { Columns = columns };

    /// <summary>Stores the documents that PlanCopy and CopyTable would have written.</summary>
    public async Task<LoadLab> CopiedAsync(bool withProof = true)
    {
        var plan = new CopyPlan
        {
            ExportTaskId = ExportTaskId,
            SourceArn = $"arn:aws:rds:{_servers.Aws.Region}:123456789012:cluster-snapshot:s",
            Bucket = LoadServers.ExportBucket,
            SourcePrefix = $"exports/{ExportTaskId}/",
            DestinationPrefix = Folder,
            Tables = _tables,
            Skipped = _skipped,
            Batches = 1,
            Objects = _objects.Count,
            Bytes = _objects.Sum(item => item.SizeBytes),
            MaxConcurrency = 1,
        };
        await StoreAsync("plan.json", JsonSerializer.SerializeToUtf8Bytes(plan, PlanningJson.Default.CopyPlan));
        if (withProof)
        {
            var proof = new CopiedBatch { ExportTaskId = ExportTaskId, Batch = 0, Objects = _objects, Statistics = WithStatistics ? Statistics() : null };
            await StoreAsync("copied/000000.json", JsonSerializer.SerializeToUtf8Bytes(proof, CopyingJson.Default.CopiedBatch));
        }

        return this;
    }

    public AmazonS3Client S3() => new(
        new BasicAWSCredentials(_servers.Aws.AccessKey.AccessKeyId, _servers.Aws.AccessKey.SecretAccessKey),
        new AmazonS3Config { ServiceURL = _servers.Aws.S3.Endpoint.AbsoluteUri, AuthenticationRegion = _servers.Aws.Region, ForcePathStyle = true });

    public AmazonSecretsManagerClient SecretsManager() => new(
        new BasicAWSCredentials(_servers.Aws.AccessKey.AccessKeyId, _servers.Aws.AccessKey.SecretAccessKey),
        new AmazonSecretsManagerConfig { ServiceURL = _servers.Aws.Secrets.Endpoint.AbsoluteUri, AuthenticationRegion = _servers.Aws.Region });

    public AmazonEventBridgeClient EventBridge() => new(
        new BasicAWSCredentials(_servers.Aws.AccessKey.AccessKeyId, _servers.Aws.AccessKey.SecretAccessKey),
        new AmazonEventBridgeConfig { ServiceURL = _servers.Aws.Events.Endpoint.AbsoluteUri, AuthenticationRegion = _servers.Aws.Region, MaxErrorRetry = 0 });

    /// <summary>The events about this export that the bus has taken, in order.</summary>
    public IReadOnlyList<System.Text.Json.Nodes.JsonObject> Announced() =>
        [.. _servers.Aws.Events.Taken().Where(taken => (string?)taken["detail"]!["exportTaskId"] == ExportTaskId)];

    /// <summary>The function that all invocations use, when they are to be warm ones.</summary>
    public Function? WarmFunction { get; set; }

    /// <summary>One invocation, in and out through the serializer that the runtime uses.</summary>
    public async Task<JsonElement> InvokeAsync(string execution = "execution-1", string? targetSchema = null)
    {
        var serializer = new LoadTablesSerializer();
        var request = new Dictionary<string, object> { ["snapshotArn"] = $"arn:aws:rds:{_servers.Aws.Region}:123456789012:cluster-snapshot:s", ["parHours"] = 2 };
        if (Verify is not null)
        {
            request["verify"] = Verify;
        }

        if (targetSchema is not null)
        {
            request["targetSchemas"] = new Dictionary<string, string> { [Schema] = targetSchema };
        }

        var payload = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
        {
            ["exportTaskId"] = ExportTaskId,
            ["request"] = request,
            ["executionName"] = execution,
            ["executionStartTime"] = "2026-11-21T08:00:00.123Z",
        });
        using var s3 = S3();
        using var secrets = SecretsManager();
        // A warm function keeps what it has read; by default each invocation is a cold one.
        using var events = EventBridge();
        using var cold = WarmFunction is null ? new Function(Options, s3, secrets, events, Time, Metrics) : null;
        var function = WarmFunction ?? cold!;
        using var input = new MemoryStream(payload);
        LoadTablesOutput output;
        try
        {
            output = await function.HandleAsync(serializer.Deserialize<LoadTablesInput>(input), new Context(_log, this));
        }
        catch (Exception exception)
        {
            // Whatever is thrown ends up in the log and in the execution's history.
            _log.AppendLine(exception.ToString());
            throw;
        }

        using var answer = new MemoryStream();
        serializer.Serialize(output, answer);
        _log.AppendLine(Encoding.UTF8.GetString(answer.ToArray()));
        return JsonDocument.Parse(answer.ToArray()).RootElement.Clone();
    }

    public async Task<RunReport> ReportAsync(string execution = "execution-1") =>
        JsonSerializer.Deserialize(await DocumentAsync($"reports/{execution}/report.json"), ReportingJson.Default.RunReport)!;

    public async Task<TableReport> ReportOfAsync(string table, string execution = "execution-1") =>
        (await ReportAsync(execution)).Tables.Single(line => line.Table == table);

    public Task<byte[]> DocumentAsync(string name) => _servers.Aws.S3Store.ReadAsync(LoadServers.ExportBucket, $"bridge/{ExportTaskId}/{name}", Token);

    public IReadOnlyList<OciStoredPar> Pars() =>
        [.. _servers.Oci.Store.Pars(LoadServers.OciBucket).Where(par => par.Name.StartsWith($"snapshotbridge.{ExportTaskId}.", StringComparison.Ordinal))];

    /// <summary>Asserts that no PAR's token is in a log, a document, an exception or the bookkeeping on the server.</summary>
    public async Task AssertNoSecretsAsync()
    {
        var texts = new Dictionary<string, string> { ["log"] = Log };
        foreach (var item in _servers.Aws.S3Store.List(LoadServers.ExportBucket, $"bridge/{ExportTaskId}/"))
        {
            texts[item.Key] = Encoding.UTF8.GetString(await _servers.Aws.S3Store.ReadAsync(LoadServers.ExportBucket, item.Key, Token));
        }

        foreach (var item in _servers.Oci.Store.List(LoadServers.OciBucket, Folder))
        {
            texts[item.Name] = Encoding.UTF8.GetString(_servers.Oci.Store.Read(LoadServers.OciBucket, item.Name));
        }

        texts["ledger"] = await HeatWave.LedgerTextAsync(ExportTaskId);
        var tokens = (await HeatWave.ColumnAsync("SELECT input FROM scripted.calls WHERE LOCATE(@folder, input) > 0", ("folder", Folder))).SelectMany(call => ParToken().Matches(call)).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.NotEmpty(tokens);
        foreach (var (name, text) in texts)
        {
            Assert.All(tokens, token => Assert.False(text.Contains(token, StringComparison.Ordinal), $"{name} holds a PAR's token"));
            Assert.All(ParToken().Matches(text), match => Assert.Equal("***", match.Groups[1].Value));
            Assert.DoesNotContain(HeatWave.Server.Password, text, StringComparison.Ordinal);
            Assert.DoesNotContain("PRIVATE KEY", text, StringComparison.Ordinal);
        }
    }

    private void Put(int table, string name, byte[] content, int rows, string[] columns)
    {
        var stored = _servers.Oci.Store.Put(LoadServers.OciBucket, name, content);
        _objects.Add(new CopiedObject
        {
            Key = $"exports/{name}",
            DestinationName = name,
            Table = table,
            SizeBytes = content.Length,
            Evidence = CopyEvidence.EndToEnd,
            Crc32C = Crc32C.ToBase64(Crc32C.Compute(content)),
            Crc64Nvme = "AAAAAAAAAAA=",
            SourceETag = "\"source\"",
            DestinationETag = stored.ETag,
            Rows = rows,
            Columns = columns,
        });
    }

    private async Task StoreAsync(string name, byte[] content)
    {
        using var stream = new MemoryStream(content);
        await _servers.Aws.S3Store.PutAsync(LoadServers.ExportBucket, $"bridge/{ExportTaskId}/{name}", stream, cancellationToken: Token);
    }

    [GeneratedRegex(@"/p/([^/\s""']+)/n/")]
    private static partial Regex ParToken();

    private sealed class Context(StringBuilder log, LoadLab lab) : ILambdaContext, ILambdaLogger
    {
        private readonly long _began = lab.Time.GetTimestamp();
        private readonly TimeSpan _costBefore = lab.Cost();
        private int _readings;

        public string AwsRequestId => "request";

        public string FunctionName => "LoadTables";

        public string FunctionVersion => "1";

        public string InvokedFunctionArn => "arn";

        public string LogGroupName => "group";

        public string LogStreamName => "stream";

        public IClientContext ClientContext => null!;

        public ICognitoIdentity Identity => null!;

        public ILambdaLogger Logger => this;

        public int MemoryLimitInMB => 1024;

        public TimeSpan RemainingTime =>
            lab.InvocationTime - (Interlocked.Increment(ref _readings) == 1 ? TimeSpan.Zero : lab.SpentTime) - lab.Time.GetElapsedTime(_began) - (lab.Cost() - _costBefore);

        void ILambdaLogger.Log(string message) => Append(message);

        void ILambdaLogger.LogLine(string message) => Append(message);

        void ILambdaLogger.Log(string level, string message) => Append($"{level}: {message}");

        void ILambdaLogger.Log(string level, string message, params object[] args) => Append(string.Format(CultureInfo.InvariantCulture, $"{level}: {message}", args));

        private void Append(string line)
        {
            lock (log)
            {
                log.AppendLine(line);
            }
        }
    }
}
