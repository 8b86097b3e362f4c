using System.Text;
using SnapshotBridge.Local.Cloud;

namespace SnapshotBridge.EndToEnd.Tests;

/// <summary>Searches everything that a run leaves for every secret that the run had.</summary>
internal static class Secrecy
{
    public static void AssertNothingLeaked(LocalCloud cloud, string folder, string console)
    {
        var secrets = cloud.Secrets();
        // A search for nothing would find nothing.
        Assert.True(secrets.Count >= 4 && secrets.Values.All(secret => secret.Length >= 12), "The run had no secrets to search for.");

        var texts = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetRelativePath(folder, path), File.ReadAllText);
        Assert.Contains(texts.Keys, name => name.EndsWith("history.json", StringComparison.Ordinal));
        Assert.Contains(texts.Keys, name => name.Contains("logs", StringComparison.Ordinal));
        texts["the console"] = console;
        foreach (var stored in cloud.Aws.S3Store.List(LocalCloud.ExportBucket, "bridge/").Where(stored => !stored.Key.Contains("/tokens/", StringComparison.Ordinal)))
        {
            var (_, content) = cloud.Aws.S3Store.Open(LocalCloud.ExportBucket, stored.Key);
            using var reader = new StreamReader(content, Encoding.UTF8);
            texts[stored.Key] = reader.ReadToEnd();
        }

        foreach (var (name, text) in texts)
        {
            foreach (var (kind, secret) in secrets)
            {
                Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{kind} stands in {name}.");
            }
        }
    }
}
