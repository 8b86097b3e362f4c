using System.Globalization;
using System.Text.Json.Serialization;
using SnapshotBridge.Benchmarks.Copying;
using SnapshotBridge.Benchmarks.Reporting;
using SnapshotBridge.IntegrityMatrix;
using Spectre.Console;

namespace SnapshotBridge.Benchmarks.Integrity;

/// <summary>One row for one copier.</summary>
internal sealed record MatrixCell(RowOutcome Outcome, bool? FinalContentRight, string Detail, long SentAgainBytes, long InFlightBytes, int OpenUploads)
{
    /// <summary>True where the copy says of these bytes that nothing at the source proves them.</summary>
    public bool IsMarkedUnproven => Detail.StartsWith("evidence Destination", StringComparison.Ordinal);

    public static MatrixCell Of(RowResult result) => new(result.Outcome, result.IsRight, result.Detail, result.SentAgainBytes, result.InFlightBytes, result.OpenUploads);
}

/// <summary>One row of <c>integrity.json</c>.</summary>
internal sealed record MatrixLine(string Name, string Fault, MatrixCell Ours, MatrixCell? Rclone);

/// <summary>What <c>integrity.json</c> holds.</summary>
internal sealed record MatrixResults(Machine Machine, DateTimeOffset MeasuredAt, int PartBytes, IReadOnlyList<MatrixLine> Rows);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(MatrixResults))]
internal sealed partial class MatrixJson : JsonSerializerContext;

/// <summary>Everything that can happen to bytes between two stores, provoked, for our copy and for rclone's.</summary>
internal sealed class IntegrityBench(IReadOnlyList<string> only, IAnsiConsole console)
{
    private static readonly MatrixSize Size = new(RcloneCopy.LeastPartBytes);

    /// <returns>True when our copy noticed or repaired all that can be noticed, and no wrong byte was left.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var rclone = await RcloneProgram.VersionAsync(cancellationToken);
        var rows = IntegrityRows.All.Where(row => only.Count == 0 || only.Contains(row.Name)).ToList();
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{rows.Count} faults, each provoked once at {(rclone is null ? "our copy" : "our copy and at rclone's")}: parts of {Size.PartBytes >> 20} MiB, objects of one or four; about {rows.Count * (rclone is null ? 2 : 5) / 60 + 1} min."));
        console.WriteLine(rclone is null ? "  rclone is not installed: its column is left out." : $"  {rclone}: S3 to S3, server_side_encryption = aws:kms (the usual recipe for KMS objects), one call; a killed one is called again");
        var lines = new List<MatrixLine>();
        foreach (var row in rows)
        {
            var killAfter = RandomKill();
            var ours = Checked(row, "our copy", await FunctionCopy.RunAsync(row, Size, killAfter, cancellationToken));
            var theirs = rclone is null ? null : Checked(row, "rclone", await RcloneCopy.RunAsync(row, Size, killAfter, cancellationToken));
            lines.Add(new MatrixLine(row.Name, row.Title, MatrixCell.Of(ours), theirs is null ? null : MatrixCell.Of(theirs)));
            console.WriteLine($"  {row.Name}: {Text(lines[^1].Ours)}{(theirs is null ? "" : $"; rclone: {Text(lines[^1].Rclone!)}")}");
        }

        var results = new MatrixResults(Machine.Read(rclone), TimeProvider.System.GetUtcNow(), Size.PartBytes, lines);
        Show(results);
        return lines.All(line => IsGood(line.Ours));
    }

    /// <summary>How many parts have been sent when the process is killed: any number that leaves some.</summary>
    private static int RandomKill() => Random.Shared.Next(0, 3);

    private static RowResult Checked(IntegrityRow row, string who, RowResult result) => result.FaultsApplied
        ? result
        : throw new InvalidOperationException($"{row.Name}: not everything that was to go wrong for {who} did, so the row says nothing ({result.Outcome}, {result.Detail}).");

    internal static bool IsGood(MatrixCell cell) => cell.Outcome is RowOutcome.Repaired or RowOutcome.Reported;

    private void Show(MatrixResults results)
    {
        var table = new Table { Border = TableBorder.Ascii2 };
        table.AddColumn("Fault");
        table.AddColumn("SnapshotBridge");
        table.AddColumn("evidence or error");
        table.AddColumn("rclone");
        foreach (var line in results.Rows)
        {
            table.AddRow(Markup.Escape(line.Fault), Colour(line.Ours), Markup.Escape(line.Ours.Detail), line.Rclone is { } rclone ? Colour(rclone) : "not installed");
        }

        console.WriteLine();
        console.Write(table);
        console.WriteLine(results.Machine.Line);
        var good = results.Rows.Count(line => IsGood(line.Ours));
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"SnapshotBridge: {good} of {results.Rows.Count} noticed or repaired{(results.Rows.Any(line => line.Rclone is not null) ? $"; rclone: {results.Rows.Count(line => line.Rclone is { } cell && IsGood(cell))}" : "")}."));
        if (results.Rows.FirstOrDefault(line => line.Name == IntegrityRows.WithoutChecksum) is { } bare)
        {
            console.WriteLine(
                $"An object for which S3 has stored no checksum is read until two readings agree. What S3 itself would give wrongly every time nobody can see: the manifest says so of each such object ({bare.Ours.Detail}).");
        }

        if (results.Rows.FirstOrDefault(line => line.Name == "killed") is { } killed)
        {
            var met = killed.Ours.SentAgainBytes <= killed.Ours.InFlightBytes;
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{(met ? "met   " : "MISSED")} bytes sent again after the kill: {killed.Ours.SentAgainBytes:N0}, in flight then: {killed.Ours.InFlightBytes:N0}{(killed.Rclone is { } theirs ? $"; rclone sent {theirs.SentAgainBytes:N0} again and left {theirs.OpenUploads} upload(s) open" : "")}."));
        }

        console.WriteLine(ResultFiles.WriteJson("integrity", results, MatrixJson.Default.MatrixResults));
        console.WriteLine(ResultFiles.Write("integrity.svg", MatrixChart.Draw(results)));
    }

    private static string Colour(MatrixCell cell) => $"[{(IsGood(cell) ? "green" : cell.IsMarkedUnproven ? "yellow" : "red")}]{Text(cell)}[/]";

    internal static string Text(MatrixCell cell) => cell.Outcome switch
    {
        RowOutcome.Repaired => "repaired, content right",
        RowOutcome.Reported => "reported, nothing left",
        RowOutcome.ReportedButLeft => "reported, WRONG CONTENT LEFT",
        _ when cell.IsMarkedUnproven => "content wrong, marked as unproven",
        _ => "NOT NOTICED, CONTENT WRONG",
    };
}
