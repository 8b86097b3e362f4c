using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;
using SnapshotBridge.Local.Aws.Protocols;

namespace SnapshotBridge.Local.Aws.Account;

/// <summary>
/// The few questions that an operator's tools ask about a deployment: STS who is asking, CloudFormation which functions a
/// stack has, IAM whom a role trusts, KMS how a key is. Each on a port of its own, as the AWS CLI expects it.
/// </summary>
public sealed class AccountServers : IAsyncDisposable
{
    private const string Created = "2026-01-31T03:10:00Z";
    private static readonly AwsQueryService Sts = new("sts", "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/");
    private static readonly AwsQueryService CloudFormation = new("cloudformation", "2010-05-15", "http://cloudformation.amazonaws.com/doc/2010-05-15/");
    private static readonly AwsQueryService Iam = new("iam", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/");
    private static readonly AwsJsonService Kms = new("kms", "TrentService", "1.1");

    private readonly AwsServerOptions _options;
    private readonly StackDeployment _stack;
    private readonly List<IAsyncDisposable> _servers = [];
    private readonly Dictionary<string, string> _environment = [];

    private AccountServers(StackDeployment stack, AwsServerOptions options) => (_stack, _options) = (stack, options);

    /// <summary>The variables with which the AWS CLI finds these servers.</summary>
    public IReadOnlyDictionary<string, string> Environment => _environment;

    /// <summary>Starts all of them.</summary>
    /// <exception cref="IOException">A port is taken; nothing is left running.</exception>
    public static async Task<AccountServers> StartAsync(StackDeployment stack, AwsServerOptions options, CancellationToken cancellationToken)
    {
        var servers = new AccountServers(stack, options with { Port = 0 });
        try
        {
            await servers.StartQueryAsync(Sts, "AWS_ENDPOINT_URL_STS", servers.AnswerSts, cancellationToken);
            await servers.StartQueryAsync(CloudFormation, "AWS_ENDPOINT_URL_CLOUDFORMATION", servers.AnswerCloudFormation, cancellationToken);
            await servers.StartQueryAsync(Iam, "AWS_ENDPOINT_URL_IAM", servers.AnswerIam, cancellationToken);
            var kms = await AwsJsonServer.StartAsync(servers._options, Kms, servers.AnswerKms, cancellationToken);
            servers._servers.Add(kms);
            servers._environment["AWS_ENDPOINT_URL_KMS"] = kms.Endpoint.AbsoluteUri;
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
    }

    private async Task StartQueryAsync(AwsQueryService service, string variable, Action<QueryForm, XmlWriter> answer, CancellationToken cancellationToken)
    {
        var server = await AwsQueryServer.StartAsync(
            _options,
            service,
            (form, result, _) =>
            {
                answer(form, result);
                return Task.CompletedTask;
            },
            cancellationToken);
        _servers.Add(server);
        _environment[variable] = server.Endpoint.AbsoluteUri;
    }

    private void AnswerSts(QueryForm form, XmlWriter result)
    {
        Require(form, "GetCallerIdentity");
        Write(result, Sts, ("Arn", $"arn:aws:iam::{_options.AccountId}:user/local"), ("UserId", "AIDALOCAL"), ("Account", _options.AccountId));
    }

    private void AnswerCloudFormation(QueryForm form, XmlWriter result)
    {
        if (form.Require("StackName") != _stack.Name)
            throw new AwsServiceException("ValidationError", $"Stack with id {form.Find("StackName")} does not exist");
        var stackId = $"arn:aws:cloudformation:{_options.Region}:{_options.AccountId}:stack/{_stack.Name}/local";
        if (form.Require("Action") == "DescribeStacks")
        {
            Start(result, CloudFormation, "Stacks", "member");
            Write(result, CloudFormation, ("StackId", stackId), ("StackName", _stack.Name), ("StackStatus", _stack.Status), ("CreationTime", Created));
            Start(result, CloudFormation, "Outputs");
            foreach (var (key, value) in _stack.Outputs)
            {
                Start(result, CloudFormation, "member");
                Write(result, CloudFormation, ("OutputKey", key), ("OutputValue", value));
                End(result, 1);
            }

            End(result, 3);
            return;
        }

        Require(form, "ListStackResources");
        Start(result, CloudFormation, "StackResourceSummaries");
        foreach (var (logical, physical) in _stack.Resources)
        {
            Start(result, CloudFormation, "member");
            Write(
                result, CloudFormation, ("LogicalResourceId", logical), ("PhysicalResourceId", physical), ("ResourceType", "AWS::Lambda::Function"),
                ("ResourceStatus", "CREATE_COMPLETE"), ("LastUpdatedTimestamp", Created));
            End(result, 1);
        }

        End(result, 1);
    }

    private void AnswerIam(QueryForm form, XmlWriter result)
    {
        Require(form, "GetRole");
        var name = form.Require("RoleName");
        var trust = _stack.Roles.GetValueOrDefault(name) ?? throw new AwsServiceException("NoSuchEntity", $"The role with name {name} cannot be found.", 404);
        Start(result, Iam, "Role");
        Write(
            result, Iam, ("Path", "/"), ("RoleName", name), ("RoleId", "AROALOCAL"), ("Arn", $"arn:aws:iam::{_options.AccountId}:role/{name}"), ("CreateDate", Created),
            ("AssumeRolePolicyDocument", Uri.EscapeDataString(trust.ToJsonString())));
        End(result, 1);
    }

    private Task<JsonNode?> AnswerKms(string operation, JsonElement input, CancellationToken cancellationToken)
    {
        if (operation != "DescribeKey")
            throw new AwsServiceException("UnknownOperationException", $"This local endpoint does not play {operation}.");
        var id = input.TryGetProperty("KeyId", out var value) ? value.GetString() : null;
        var key = _stack.Keys.GetValueOrDefault(id ?? "") ?? throw new AwsServiceException("NotFoundException", $"Key '{id}' does not exist");
        return Task.FromResult<JsonNode?>(new JsonObject { ["KeyMetadata"] = key.DeepClone() });
    }

    private static void Require(QueryForm form, string action)
    {
        if (form.Require("Action") is var asked && asked != action)
            throw new AwsServiceException("InvalidAction", $"This local endpoint does not play {asked}.");
    }

    private static void Start(XmlWriter writer, AwsQueryService service, params string[] names)
    {
        foreach (var name in names)
            writer.WriteStartElement(name, service.XmlNamespace);
    }

    private static void End(XmlWriter writer, int count)
    {
        for (var number = 0; number < count; number++)
            writer.WriteEndElement();
    }

    private static void Write(XmlWriter writer, AwsQueryService service, params (string Name, string Value)[] elements)
    {
        foreach (var (name, value) in elements)
            writer.WriteElementString(name, service.XmlNamespace, value);
    }
}
