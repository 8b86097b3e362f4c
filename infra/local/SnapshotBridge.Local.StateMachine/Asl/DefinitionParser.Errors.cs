using System.Text.Json.Nodes;

namespace SnapshotBridge.Local.StateMachine.Asl;

/// <content>What a state does about errors.</content>
internal sealed partial class DefinitionParser
{
    private static List<Retrier> ParseRetry(FieldReader reader)
    {
        var retriers = new List<Retrier>();
        foreach (var retrier in reader.Objects("Retry", required: false).ToList())
        {
            retrier.Text("Comment");
            var names = ErrorNames(retrier);
            var interval = retrier.Number("IntervalSeconds", 1, MaxSeconds, whole: true) ?? 1;
            var rate = retrier.Number("BackoffRate", 1, 1_000_000, whole: false) ?? 2;
            var attempts = retrier.Number("MaxAttempts", 0, MaxSeconds, whole: true) ?? 3;
            var cap = retrier.Number("MaxDelaySeconds", 1, 31_622_400, whole: true);
            if (cap is { } delay && delay <= interval)
            {
                retrier.Problem("MaxDelaySeconds", $"is {delay} but must be greater than IntervalSeconds, {interval}");
            }

            var jitter = retrier.Text("JitterStrategy");
            if (jitter is not (null or "FULL" or "NONE"))
            {
                retrier.Problem("JitterStrategy", $"is '{jitter}' but must be FULL or NONE");
            }

            retrier.RefuseOthers("a retrier");
            retriers.Add(new Retrier(names, interval, rate, (int)attempts, cap, jitter == "FULL" ? Jitter.Full : Jitter.None));
        }

        CheckAllStandsLast(reader, "Retry", [.. retriers.Select(retrier => retrier.ErrorEquals)]);
        return retriers;
    }

    private static List<Catcher> ParseCatch(FieldReader reader, List<(string At, string Target)> targets)
    {
        var catchers = new List<Catcher>();
        foreach (var catcher in reader.Objects("Catch", required: false).ToList())
        {
            catcher.Text("Comment");
            var names = ErrorNames(catcher);
            var next = catcher.Text("Next", required: true);
            var resultPath = catcher.ResultPath();
            catcher.RefuseOthers("a catcher");
            if (next is not null)
            {
                targets.Add((catcher.At("Next"), next));
                catchers.Add(new Catcher(names, next, resultPath));
            }
        }

        CheckAllStandsLast(reader, "Catch", [.. catchers.Select(catcher => catcher.ErrorEquals)]);
        return catchers;
    }

    private static List<string> ErrorNames(FieldReader reader)
    {
        var names = new List<string>();
        if (reader.Node("ErrorEquals") is JsonArray array && array.Count > 0 && array.All(item => JsonValues.String(item) is not null))
        {
            names.AddRange(array.Select(item => JsonValues.String(item)!));
        }
        else
        {
            reader.Problem("ErrorEquals", "must be an array with at least one error name");
        }

        if (names.Contains(StatesErrors.All) && names.Count > 1)
        {
            reader.Problem("ErrorEquals", "must name States.ALL alone");
        }

        return names;
    }

    private static void CheckAllStandsLast(FieldReader reader, string field, IReadOnlyList<IReadOnlyList<string>> names)
    {
        for (var i = 0; i < names.Count - 1; i++)
        {
            if (names[i].Contains(StatesErrors.All))
            {
                reader.Problem($"{field}[{i}]", "names States.ALL and must stand last");
            }
        }
    }
}
