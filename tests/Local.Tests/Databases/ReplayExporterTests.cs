using System.Text.Json;
using SnapshotBridge.Local.Databases.Export;
using Xunit;

namespace SnapshotBridge.Local.Tests.Databases;

public sealed class ReplayExporterTests
{
    [Fact]
    public async Task ExportAsync_RealExport_KeepsTheBytesUnderTheNewTask()
    {
        var folder = RecordedFolder.Require();
        var recording = await RecordedExport.OpenAsync(folder, TestContext.Current.CancellationToken);
        var target = new MemoryExport();

        await new ReplayExporter(recording).ExportAsync(DatabasesFixture.Job(), target, new DatabasesFixture.Percent(), TestContext.Current.CancellationToken);

        Assert.Equal(581, recording.Rows.Values.Sum());
        Assert.Equal(9, recording.Rows.Count);
        Assert.Equal(20, target.Objects.Count);
        foreach (var file in Directory.GetFiles(folder, "*.parquet", SearchOption.AllDirectories))
        {
            var key = "exports/task-1/" + Path.GetRelativePath(folder, file).Replace('\\', '/');
            Assert.Equal(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), target.Objects[key]);
        }

        Assert.Contains("exports/task-1/export_tables_info_task-1_from_1_to_9.json", target.Order);
        using var info = JsonDocument.Parse(target.Objects["exports/task-1/export_info_task-1.json"]);
        Assert.Equal("task-1", info.RootElement.GetProperty("exportTaskIdentifier").GetString());
        Assert.Equal("export-bucket", info.RootElement.GetProperty("s3Bucket").GetString());
        Assert.Equal("exports", info.RootElement.GetProperty("s3Prefix").GetString());
        Assert.Equal("exports/task-1", info.RootElement.GetProperty("exportedFilesPath").GetString());
        Assert.Equal("Jun 7, 2024 8:09:10 AM", info.RootElement.GetProperty("snapshotTime").GetString());
        Assert.Equal(1.0, info.RootElement.GetProperty("totalExportedDataInGB").GetDouble());
    }

    [Fact]
    public async Task ExportAsync_ExportOnly_ReplaysThatPart()
    {
        var recording = await RecordedExport.OpenAsync(RecordedFolder.Require(), TestContext.Current.CancellationToken);
        var target = new MemoryExport();

        await new ReplayExporter(recording).ExportAsync(DatabasesFixture.Job("test.orders"), target, new DatabasesFixture.Percent(), TestContext.Current.CancellationToken);

        Assert.Equal(4, target.Objects.Count);
        using var tables = JsonDocument.Parse(target.Objects["exports/task-1/export_tables_info_task-1_from_1_to_9.json"]);
        Assert.Equal("test.test.orders", Assert.Single(tables.RootElement.GetProperty("perTableStatus").EnumerateArray()).GetProperty("target").GetString());
    }

    [Fact]
    public async Task OpenAsync_FolderWithManyFaults_NamesThemAll()
    {
        var folder = Directory.CreateTempSubdirectory("snapshotbridge-replay-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "world", "world.city", "1"));
            await File.WriteAllTextAsync(Path.Combine(folder, "export_info_t.json"), """{"exportTaskIdentifier":"other","status":"CANCELED"}""", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder, "world", "world.city", "1", "part-00000.parquet"), "no parquet at all", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder, "stray.parquet"), "", TestContext.Current.CancellationToken);

            var error = await Assert.ThrowsAsync<RecordedExportException>(() => RecordedExport.OpenAsync(folder, TestContext.Current.CancellationToken));

            Assert.Contains("status 'CANCELED'", error.Message, StringComparison.Ordinal);
            Assert.Contains("exportTaskIdentifier 'other'", error.Message, StringComparison.Ordinal);
            Assert.Contains("export_tables_info", error.Message, StringComparison.Ordinal);
            Assert.Contains("'stray.parquet'", error.Message, StringComparison.Ordinal);
            Assert.Contains("without a _SUCCESS marker", error.Message, StringComparison.Ordinal);
            Assert.Contains("instead of PAR1", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task OpenAsync_NoSuchFolder_SaysSo() =>
        Assert.Contains(
            "does not exist",
            (await Assert.ThrowsAsync<RecordedExportException>(() => RecordedExport.OpenAsync("/no/such/folder", TestContext.Current.CancellationToken))).Message,
            StringComparison.Ordinal);
}

/// <summary>The recorded Aurora export beside the repository.</summary>
internal static class RecordedFolder
{
    public static string Require()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "data", "aurora-export-2020", "data");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        Assert.Skip("The recorded Aurora export (shared/data/aurora-export-2020) is not beside this repository.");
        return "";
    }
}
