using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.StateMachine.Asl;

/// <content>States that hold states.</content>
internal sealed partial class DefinitionParser
{
    private MapState? ParseMap(string name, FieldReader reader, List<(string At, string Target)> targets)
    {
        var processor = reader.Object("ItemProcessor", required: true);
        var distributed = false;
        Flow? flow = null;
        if (processor is not null)
        {
            if (processor.Object("ProcessorConfig", required: false) is { } config)
            {
                var mode = config.Text("Mode") ?? "INLINE";
                distributed = mode == "DISTRIBUTED";
                if (mode is not ("INLINE" or "DISTRIBUTED"))
                {
                    config.Problem("Mode", $"is '{mode}' but must be INLINE or DISTRIBUTED");
                }

                var type = config.Text("ExecutionType", required: distributed);
                if (type is not (null or "STANDARD"))
                {
                    config.Problem("ExecutionType", $"is '{type}', but this interpreter implements STANDARD only");
                }

                config.RefuseOthers("a processor's configuration");
            }

            processor.Text("Comment");
            flow = ParseFlow(processor);
            processor.RefuseOthers("an item processor");
        }

        PayloadTemplate? itemReader = null;
        if (reader.Object("ItemReader", required: false) is { } items)
        {
            itemReader = ParseItemReader(reader, items, distributed);
        }

        var label = distributed ? reader.Text("Label") : null;
        if (label is not null && (label.Length is 0 or > 40 || label.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || "?*<>{}[]:;,\\|^~$#%&`\"".Contains(c))))
        {
            reader.Problem("Label", $"is '{label}' but must have 1 to 40 characters without spaces, wildcards, brackets and special characters");
        }

        var itemsPath = reader.Path_("ItemsPath", mustBeReference: false);
        if (itemsPath is not null && itemReader is not null)
        {
            reader.Problem("ItemsPath", "and ItemReader exclude each other");
        }

        var selector = reader.Template("ItemSelector");
        var concurrency = reader.NumberOrPath("MaxConcurrency", 0, int.MaxValue);
        var resultSelector = reader.Template("ResultSelector");
        var resultPath = reader.ResultPath();
        var retry = ParseRetry(reader);
        var catchers = ParseCatch(reader, targets);
        return flow is null ? null : new MapState(name)
        {
            IsDistributed = distributed,
            Processor = flow,
            ItemReader = itemReader,
            ItemsPath = itemsPath,
            ItemSelector = selector,
            MaxConcurrency = concurrency,
            Label = label ?? name,
            ResultSelector = resultSelector,
            ResultPath = resultPath,
            Retry = retry,
            Catch = catchers,
        };
    }

    private static PayloadTemplate? ParseItemReader(FieldReader map, FieldReader reader, bool distributed)
    {
        if (!distributed)
        {
            map.Problem("ItemReader", "needs the processor's Mode DISTRIBUTED");
        }

        var resource = reader.Text("Resource", required: true);
        if (resource is not (null or ReadObject))
        {
            reader.Problem("Resource", $"is '{resource}', which this interpreter does not implement; it implements {ReadObject}");
        }

        if (reader.Object("ReaderConfig", required: true) is { } config)
        {
            if (config.Text("InputType", required: true) is { } type and not "JSON")
            {
                config.Problem("InputType", $"is '{type}', but this interpreter implements JSON only");
            }

            config.RefuseOthers("a reader's configuration");
        }

        var parameters = reader.Template("Parameters");
        if (reader.Node("Parameters") is JsonObject fields)
        {
            foreach (var name in fields.Select(field => field.Key).Where(name => Bare(name) is not ("Bucket" or "Key")))
            {
                reader.Problem($"Parameters.{name}", "is not a parameter of s3:getObject that this interpreter implements");
            }

            foreach (var name in ObjectFields.Where(name => !fields.Any(field => Bare(field.Key) == name)))
            {
                reader.Problem($"Parameters.{name}", "is missing");
            }
        }
        else
        {
            reader.Problem("Parameters", "is missing");
        }

        reader.RefuseOthers("an item reader");
        return parameters;
    }

    private ParallelState? ParseParallel(string name, FieldReader reader, List<(string At, string Target)> targets)
    {
        var branches = new List<Flow>();
        var complete = true;
        foreach (var branch in reader.Objects("Branches", required: true))
        {
            branch.Text("Comment");
            if (ParseFlow(branch) is { } flow)
            {
                branches.Add(flow);
            }
            else
            {
                complete = false;
            }

            branch.RefuseOthers("a branch");
        }

        var parameters = reader.Template("Parameters");
        var selector = reader.Template("ResultSelector");
        var resultPath = reader.ResultPath();
        var retry = ParseRetry(reader);
        var catchers = ParseCatch(reader, targets);
        return !complete || branches.Count == 0 ? null : new ParallelState(name)
        {
            Branches = branches,
            Parameters = parameters,
            ResultSelector = selector,
            ResultPath = resultPath,
            Retry = retry,
            Catch = catchers,
        };
    }
}
