using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SnapshotBridge.TestKit;

namespace SnapshotBridge.Benchmarks.Reporting;

/// <summary>The folder <c>artifacts/bench</c> of the checkout.</summary>
internal static class ResultFiles
{
    public static string Folder { get; } = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "bench")).FullName;

    public static string WriteJson<T>(string name, T results, JsonTypeInfo<T> type) => Write($"{name}.json", JsonSerializer.Serialize(results, type) + "\n");

    public static string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
