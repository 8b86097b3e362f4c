using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using SnapshotBridge.Local.Aws;
using SnapshotBridge.Local.Aws.Account;
using SnapshotBridge.Local.Aws.Rds;
using SnapshotBridge.Local.Aws.S3;
using SnapshotBridge.Local.Databases.Export;
using SnapshotBridge.Local.Databases.HeatWave;
using SnapshotBridge.Local.Databases.Servers;
using SnapshotBridge.Local.Databases.Source;
using SnapshotBridge.Local.Deployment;
using SnapshotBridge.Local.Oci;
using SnapshotBridge.Local.StateMachine.Asl;
using SnapshotBridge.Local.StateMachine.Events;
using SnapshotBridge.Local.StateMachine.Http;
using SnapshotBridge.Local.StateMachine.Lambda;
using SnapshotBridge.Local.StateMachine.Running;

namespace SnapshotBridge.Local.Cloud;

/// <summary>
/// Both clouds on loopback: AWS endpoints, the OCI endpoint, the Aurora and HeatWave servers, the functions as processes
/// and the state machine, deployed from <c>template.yaml</c>. Nothing outlives <see cref="DisposeAsync"/>.
/// </summary>
public sealed class LocalCloud : IAsyncDisposable
{
    public const string ExportBucket = "snapshot-bridge-local";
    public const string OciBucket = "snapshots";
    public const string OciRegion = "us-ashburn-1";
    public const string OciSecretName = "snapshot-bridge/oci";
    public const string HeatWaveSecretName = "snapshot-bridge/heatwave";
    public const string SourceDatabase = "local-aurora";
    public const string StackName = "snapshot-bridge-local";

    private readonly LocalCloudOptions _options;
    private readonly CleanUp _cleanUp;
    private readonly List<string> _startedByEvent = [];
    private readonly List<JsonObject> _completions = [];

    private LocalCloud(LocalCloudOptions options, CleanUp cleanUp)
    {
        _options = options;
        _cleanUp = cleanUp;
    }

    /// <summary>The servers that can be given a fixed port.</summary>
    public static IReadOnlyList<string> ServerNames { get; } = ["s3", "rds", "secrets", "events", "stepfunctions", "oci", "aurora", "heatwave"];

    public AwsEndpoints Aws { get; private set; } = null!;

    public OciEndpoint Oci { get; private set; } = null!;

    /// <summary>The user whose API key the functions use.</summary>
    public OciUser OciUser { get; } = OciUser.Generate();

    public HeatWaveServer HeatWave { get; private set; } = null!;

    /// <summary>The server with the source data; null when a recorded export is replayed.</summary>
    public MySqlServer? Aurora { get; private set; }

    public LambdaService Lambda { get; private set; } = null!;

    /// <summary>The deployment as CloudFormation, IAM and KMS tell of it.</summary>
    public StackDeployment Stack { get; private set; } = null!;

    /// <summary>Their endpoints, for the AWS CLI.</summary>
    public AccountServers Account { get; private set; } = null!;

    public StateMachineService States { get; private set; } = null!;

    public StatesEndpoint StatesEndpoint { get; private set; } = null!;

    public EventBus Events { get; } = new();

    public IReadOnlyList<S3Notifications> Notifications { get; private set; } = [];

    public DeploymentTemplate Template { get; private set; } = null!;

    public string StateMachineArn { get; private set; } = "";

    /// <summary>The ARN of the snapshot that is there to be bridged.</summary>
    public string SnapshotArn { get; private set; } = "";

    /// <summary>The rows that the source itself holds, by <c>schema.table</c>: what the report's counts are held against.</summary>
    public IReadOnlyDictionary<string, long> SourceRows { get; private set; } = new Dictionary<string, long>();

    /// <summary>Executions that the template's rule has started, in order.</summary>
    public IReadOnlyList<string> StartedByEvent
    {
        get
        {
            lock (_startedByEvent)
            {
                return [.. _startedByEvent];
            }
        }
    }

    /// <summary>The ends of runs that the event bus has told a consumer, whole events, in order.</summary>
    public IReadOnlyList<JsonObject> Completions
    {
        get
        {
            lock (_completions)
            {
                return [.. _completions];
            }
        }
    }

    /// <summary>Starts everything, fills the source and deploys the template.</summary>
    /// <exception cref="Exception">A server did not start; whatever had started is stopped again.</exception>
    public static async Task<LocalCloud> StartAsync(LocalCloudOptions options, IExecutionObserver? observer, Action<string> say, CancellationToken cancellationToken)
    {
        if (options.Ports.Keys.FirstOrDefault(name => !ServerNames.Contains(name)) is { } unknown)
        {
            throw new ArgumentException($"There is no server '{unknown}'. Ports can be given for {string.Join(", ", ServerNames)}.");
        }

        var cleanUp = new CleanUp();
        try
        {
            var cloud = new LocalCloud(options, cleanUp);
            await cloud.StartServersAsync(cancellationToken);
            await cloud.PrepareSourceAsync(say, cancellationToken);
            await cloud.DeployAsync(observer, cancellationToken);
            return cloud;
        }
        catch
        {
            await cleanUp.DisposeAsync();
            throw;
        }
    }

    /// <summary>Publishes the event with which RDS announces the snapshot; the template's rule may start an execution.</summary>
    public Task<JsonObject> AnnounceSnapshotAsync(CancellationToken cancellationToken) =>
        Aws.RdsStore.AnnounceSnapshotAsync(SnapshotArn, cancellationToken);

    /// <summary>Every secret that must never be found in a log, history or report of this run, by what it is.</summary>
    public IReadOnlyDictionary<string, string> Secrets()
    {
        var secrets = new Dictionary<string, string>
        {
            ["the AWS secret key"] = Aws.AccessKey.SecretAccessKey,
            ["HeatWave's password"] = HeatWave.Password,
            ["the loading user's password"] = HeatWave.LoaderPassword,
            // One line of the key's body is enough to know it again.
            ["the OCI private key"] = OciUser.Key.PrivateKeyPem.Split('\n')[2].Trim(),
        };
        foreach (var (kind, tokens) in new[] { ("PAR token", Oci.Store.IssuedParTokens), ("task token", States.IssuedTaskTokens) })
        {
            foreach (var (index, token) in tokens.Index())
            {
                secrets[$"{kind} {index + 1}"] = token;
            }
        }

        return secrets;
    }

    public ValueTask DisposeAsync() => _cleanUp.DisposeAsync();

    private int Port(string server) => _options.Ports.GetValueOrDefault(server);

    private async Task StartServersAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("snapshot-bridge-").FullName;
        _cleanUp.Add(() =>
        {
            Directory.Delete(folder, recursive: true);
            return ValueTask.CompletedTask;
        });

        // The database servers take longest and need nothing from the others.
        var heatWave = HeatWaveServer.StartAsync(
            new HeatWaveServerOptions { Edition = _options.Edition, Server = new MySqlServerOptions { Port = Port("heatwave"), Tls = true } }, cancellationToken);
        var aurora = _options is { FromExport: null, PostgreSql: false }
            ? MySqlServer.StartAsync(new MySqlServerOptions { Port = Port("aurora") }, cancellationToken)
            : null;
        try
        {
            await StartEndpointsAsync(folder, cancellationToken);
        }
        finally
        {
            HeatWave = await heatWave;
            _cleanUp.Add(HeatWave.DisposeAsync);
            if (aurora is not null)
            {
                Aurora = await aurora;
                _cleanUp.Add(Aurora.DisposeAsync);
            }
        }

        Aws.S3Store.CreateBucket(ExportBucket);
        Aws.Secrets.Store.Put(OciSecretName, OciUser.SecretJson());
        Aws.Secrets.Store.Put(HeatWaveSecretName, new JsonObject { ["username"] = HeatWave.LoaderUser, ["password"] = HeatWave.LoaderPassword }.ToJsonString());
    }

    private async Task StartEndpointsAsync(string folder, CancellationToken cancellationToken)
    {
        Aws = await AwsEndpoints.StartAsync(
            new AwsEndpointsOptions
            {
                Folder = Directory.CreateDirectory(Path.Combine(folder, "s3")).FullName,
                S3Port = Port("s3"),
                RdsPort = Port("rds"),
                SecretsPort = Port("secrets"),
                EventsPort = Port("events"),
            },
            cancellationToken);
        _cleanUp.Add(Aws.DisposeAsync);
        Oci = await OciEndpoint.StartAsync(
            new OciEndpointOptions
            {
                Port = Port("oci"),
                Buckets = [OciBucket],
                Users = [OciUser],
                Folder = Directory.CreateDirectory(Path.Combine(folder, "oci")).FullName,
            },
            cancellationToken);
        _cleanUp.Add(Oci.DisposeAsync);
    }

    private async Task PrepareSourceAsync(Action<string> say, CancellationToken cancellationToken)
    {
        IReadOnlyList<string>? targets = null;
        if (Aurora is { } aurora)
        {
            var filled = await SourceData.FillAsync(
                aurora.ConnectionString().ConnectionString, new SourceDataOptions { OrdersParquetMegabytes = _options.SizeMb }, cancellationToken);
            SourceRows = filled.Rows;
            say(string.Create(CultureInfo.InvariantCulture, $"source filled: {filled.Rows.Count} tables, {filled.Rows.Values.Sum():N0} rows in {filled.Duration.TotalSeconds:0.0} s"));
            Aws.RdsStore.Engine = new SourceExporter(
                aurora.ConnectionString().ConnectionString,
                new SourceExporterOptions { PartSizeBytes = _options.PartFileBytes ?? Math.Clamp((long)(_options.SizeMb * 1_000_000 / 20), 200_000, 16_000_000), TypeMapping = _options.TypeMapping });
        }
        else if (_options.PostgreSql)
        {
            var exporter = new PostgreSqlExporter(PostgreSqlTables.Database, PostgreSqlTables.All);
            SourceRows = exporter.Rows;
            Aws.RdsStore.Engine = exporter;
            // PostgreSQL has schemas of the same name in every database: both make the name on HeatWave.
            targets = [.. PostgreSqlTables.All.Select(table => table.Schema == PostgreSqlTables.Database ? table.Schema : $"{PostgreSqlTables.Database}_{table.Schema}")];
            say(string.Create(CultureInfo.InvariantCulture, $"PostgreSQL source generated: {SourceRows.Count} tables, {SourceRows.Values.Sum():N0} rows"));
        }
        else
        {
            var recording = await RecordedExport.OpenAsync(_options.FromExport!, cancellationToken);
            SourceRows = recording.Rows;
            say(string.Create(CultureInfo.InvariantCulture, $"recorded export {recording.TaskId}: {recording.Rows.Count} tables, {recording.Rows.Values.Sum():N0} rows"));
            Aws.RdsStore.Engine = new ReplayExporter(recording);
        }

        // Every run proves that the shipped grants are enough, and that no statement needs more.
        await HeatWave.CreateLoaderAsync(
            GrantFile.Parse(await File.ReadAllTextAsync(Path.Combine(_options.Root, "infra", "oci", "heatwave.sql"), cancellationToken)),
            [.. (targets ?? SourceRows.Keys.Select(table => table[..table.IndexOf('.', StringComparison.Ordinal)])).Concat(_options.TargetSchemas).Distinct(StringComparer.Ordinal)],
            cancellationToken);
        SnapshotArn = Aws.RdsStore.AddSnapshot(new RdsSnapshot
        {
            Kind = RdsSnapshotKind.Cluster,
            Identifier = $"rds:{SourceDatabase}-2026-01-31-03-10",
            DatabaseIdentifier = SourceDatabase,
            Engine = _options.PostgreSql ? "aurora-postgresql" : "aurora-mysql",
            SnapshotType = "automated",
            CreatedAt = new DateTimeOffset(2026, 1, 31, 3, 10, 0, TimeSpan.Zero),
        });
        Aws.RdsStore.EventSink = (published, token) => Events.PublishAsync(published, token);
        Aws.Events.Sink = (published, token) => Events.PublishAsync(published, token);
    }

    private async Task DeployAsync(IExecutionObserver? observer, CancellationToken cancellationToken)
    {
        var account = new AwsAccount(Aws.AccountId, Aws.Region);
        Template = DeploymentTemplate.Load(Path.Combine(_options.Root, "template.yaml"), LocalParameters.For(this, _options), account);
        Lambda = await LambdaService.StartAsync(
            new LambdaServiceOptions
            {
                FunctionHostPath = Built("SnapshotBridge.Local.FunctionHost"),
                LogFolder = _options.LogFolder,
                AccessKeys = [Aws.AccessKey],
                Region = Aws.Region,
                AccountId = Aws.AccountId,
                // Two signals of one export may meet; a process for each of a dozen only takes the processors from everything else.
                EventConcurrency = 2,
                EventRetryDelays = [TimeSpan.FromMinutes(1) / _options.TimeFactor, TimeSpan.FromMinutes(2) / _options.TimeFactor],
            },
            cancellationToken);
        _cleanUp.Add(Lambda.DisposeAsync);

        States = new StateMachineService(new StateMachineServiceOptions
        {
            Lambda = Lambda,
            Objects = new StoredObjects(Aws.S3Store),
            Region = Aws.Region,
            AccountId = Aws.AccountId,
            WaitFactor = _options.TimeFactor,
            Observer = observer,
        });
        _cleanUp.Add(States.DisposeAsync);
        StatesEndpoint = await StatesEndpoint.StartAsync(
            States,
            new AwsServerOptions { Port = Port("stepfunctions"), AccessKeys = [Aws.AccessKey], Region = Aws.Region, AccountId = Aws.AccountId },
            cancellationToken);
        _cleanUp.Add(StatesEndpoint.DisposeAsync);

        Notifications = [.. Template.Functions.SelectMany(Deploy)];
        if (!Template.CreatesBucket)
        {
            Notifications = [.. Notifications, OnEventBridge()];
        }

        Aws.S3Store.NotificationRules =
            [.. Template.Functions.SelectMany(function => function.S3Events.Select(filter => new S3NotificationRule(ExportBucket, function.Arn, filter.Prefix, filter.Suffix)))];
        Aws.S3Store.SendsToEventBridge = !Template.CreatesBucket;
        Stack = StackOf(account);
        Account = await AccountServers.StartAsync(
            Stack, new AwsServerOptions { AccessKeys = [Aws.AccessKey], Region = Aws.Region, AccountId = Aws.AccountId }, cancellationToken);
        _cleanUp.Add(Account.DisposeAsync);

        var definition = DefinitionSubstitutions.Apply(
            await File.ReadAllTextAsync(Template.StateMachine.DefinitionPath, cancellationToken), Template.StateMachine.Substitutions);
        StateMachineArn = States.CreateStateMachine(Template.StateMachine.Name, definition, account.RoleArn(Template.StateMachine.Name));
        foreach (var (index, pattern) in Template.StateMachine.EventPatterns.Index())
        {
            Events.Put(EventRule.Create($"{Template.StateMachine.Name}-{index}", pattern.ToJsonString(), StartByEventAsync));
        }

        // As a consumer writes it (infra/README.md, "Completion event").
        Events.Put(EventRule.Create("a-consumer", """{"source":["snapshotbridge"],"detail-type":["Snapshot Bridge Run Completed"]}""", NoteCompletionAsync));
    }

    private StackDeployment StackOf(AwsAccount account) => new()
    {
        Name = StackName,
        Resources = Template.Functions.ToDictionary(function => function.LogicalId, function => function.LogicalId),
        Outputs = new Dictionary<string, string>
        {
            ["StateMachineArn"] = account.StateMachineArn(Template.StateMachine.Name),
            ["ExportBucket"] = ExportBucket,
        },
        Roles = Template.Functions
            .Select(function => function.Environment.GetValueOrDefault("EXPORT_ROLE_ARN"))
            .OfType<string>()
            .Distinct()
            .ToDictionary(arn => arn[account.RoleArn("").Length..], _ => StackDeployment.TrustOfExports()),
        Keys = new Dictionary<string, JsonObject> { [Aws.S3Store.KmsKeyArn] = StackDeployment.EnabledKey(Aws.S3Store.KmsKeyArn) },
    };

    /// <summary>Deploys one function with its triggers and gives back its S3 notifications.</summary>
    private List<S3Notifications> Deploy(TemplateFunction function)
    {
        // The SDK puts the application's id into its User-Agent: so S3's log tells which function asked.
        var environment = new Dictionary<string, string>(function.Environment) { ["AWS_SDK_UA_APP_ID"] = function.LogicalId };
        foreach (var (name, value) in LocalParameters.Endpoints(this).Concat(_options.Settings))
        {
            environment[name] = value;
        }

        Lambda.Deploy(new LambdaFunction
        {
            Name = function.LogicalId,
            Arn = function.Arn,
            AssemblyFolder = Path.GetDirectoryName(Built(function.Handler.Split("::")[0]))!,
            Handler = function.Handler,
            Timeout = _options.Timeouts.GetValueOrDefault(function.LogicalId, function.Timeout),
            MemoryMegabytes = function.MemoryMb,
            Environment = environment,
        });
        foreach (var (index, pattern) in function.EventPatterns.Index())
        {
            Events.Put(EventRule.Create(
                $"{function.LogicalId}-{index}",
                pattern.ToJsonString(),
                (published, token) => InvokeAsync(function, Encoding.UTF8.GetBytes(published.ToJsonString()), token)));
        }

        return [.. function.S3Events.Select(filter => Notify(function, filter))];
    }

    private S3Notifications Notify(TemplateFunction function, S3EventFilter filter) => Notify(
        new S3NotificationOptions { Bucket = ExportBucket, Prefix = filter.Prefix, Suffix = filter.Suffix, Region = Aws.Region },
        (payload, token) => InvokeAsync(function, payload, token));

    /// <summary>What the operator of an existing bucket turns on: every object of it is told to EventBridge, whose rules choose.</summary>
    private S3Notifications OnEventBridge() => Notify(
        new S3NotificationOptions { Bucket = ExportBucket, Region = Aws.Region, AccountId = Aws.AccountId, Form = S3NotificationForm.EventBridge },
        (payload, token) => Events.PublishAsync(JsonNode.Parse(payload.Span)!.AsObject(), token));

    private S3Notifications Notify(S3NotificationOptions options, Func<ReadOnlyMemory<byte>, CancellationToken, Task> deliver)
    {
        var notifications = new S3Notifications(Aws.S3Store, options, deliver)
        {
            // As S3 promises it: at least once, in no order.
            Faults = new S3NotificationFaults { DuplicateShare = 0.2, ShuffleWindow = 3 },
        };
        _cleanUp.Add(notifications.DisposeAsync);
        return notifications;
    }

    private async Task InvokeAsync(TemplateFunction function, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        await Lambda.InvokeAsync(function.LogicalId, payload, LambdaInvocationType.Event, cancellationToken);

    private Task StartByEventAsync(JsonObject published, CancellationToken cancellationToken)
    {
        var started = States.StartExecution(StateMachineArn, name: null, published.ToJsonString());
        lock (_startedByEvent)
        {
            _startedByEvent.Add(started.ExecutionArn);
        }

        return Task.CompletedTask;
    }

    private Task NoteCompletionAsync(JsonObject completed, CancellationToken cancellationToken)
    {
        lock (_completions)
        {
            _completions.Add(completed);
        }

        return Task.CompletedTask;
    }

    private string Built(string project)
    {
        var path = Path.Combine(_options.Root, "artifacts", "bin", project, "debug", project + ".dll");
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException($"{path} is not built. Start the local run with infra/local/run.sh, which builds everything.", path);
    }

    private sealed class StoredObjects(S3Store store) : IObjectReader
    {
        public async Task<ReadOnlyMemory<byte>> ReadAsync(string bucket, string key, CancellationToken cancellationToken) =>
            await store.ReadAsync(bucket, key, cancellationToken);
    }
}
