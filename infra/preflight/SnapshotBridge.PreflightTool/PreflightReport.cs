using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using SnapshotBridge.Preflight;

namespace SnapshotBridge.PreflightTool;

/// <summary>One line: where the check ran, and what it found.</summary>
/// <param name="Where">The function, or <c>account</c> for checks with the caller's own rights.</param>
/// <param name="Check">The check.</param>
public sealed record PreflightLine(string Where, PreflightCheck Check);

/// <summary>All lines of one preflight, and how they are shown.</summary>
public sealed record PreflightReport(string Stack, IReadOnlyList<PreflightLine> Lines)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>True where nothing failed; warnings are for people.</summary>
    public bool Passed => Count(PreflightResult.Failed) == 0;

    /// <summary>The process's status.</summary>
    public int ExitCode => Passed ? 0 : 1;

    public int Count(PreflightResult result) => Lines.Count(line => line.Check.Result == result);

    /// <summary>The last line of the text.</summary>
    public string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"PREFLIGHT {(Passed ? "PASSED" : "FAILED")} stack={Stack} ok={Count(PreflightResult.Ok)} warnings={Count(PreflightResult.Warning)} failed={Count(PreflightResult.Failed)} skipped={Count(PreflightResult.Skipped)}");

    /// <summary>One line as text, with its remedy below it.</summary>
    public static string Text(PreflightLine line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var check = line.Check;
        var text = new StringBuilder($"{Word(check.Result),-8} {line.Where,-12} {check.Name,-18} {check.Target}: {check.Detail}");
        if (check.Remedy is { Length: > 0 } remedy)
        {
            text.AppendLine().Append("         remedy: ").Append(remedy);
        }

        return text.ToString();
    }

    /// <summary>The whole report as one JSON document.</summary>
    public string ToJson() => new JsonObject
    {
        ["stack"] = Stack,
        ["passed"] = Passed,
        ["ok"] = Count(PreflightResult.Ok),
        ["warnings"] = Count(PreflightResult.Warning),
        ["failed"] = Count(PreflightResult.Failed),
        ["skipped"] = Count(PreflightResult.Skipped),
        ["checks"] = new JsonArray([.. Lines.Select(line => new JsonObject
        {
            ["where"] = line.Where,
            ["name"] = line.Check.Name,
            ["target"] = line.Check.Target,
            ["result"] = Word(line.Check.Result).ToLowerInvariant(),
            ["detail"] = line.Check.Detail,
            ["remedy"] = line.Check.Remedy,
        })]),
    }.ToJsonString(Json);

    private static string Word(PreflightResult result) => result switch
    {
        PreflightResult.Ok => "ok",
        PreflightResult.Warning => "warning",
        PreflightResult.Failed => "FAILED",
        _ => "skipped",
    };
}
