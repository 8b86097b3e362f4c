using Xunit;

namespace SnapshotBridge.Core.Tests.Parquet;

/// <summary>The recorded Aurora export beside the repository; tests that need it are skipped where it is not there.</summary>
internal static class RealExport
{
    public static string? Folder
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                var candidate = Path.Combine(folder.FullName, "shared", "data", "aurora-export-2020", "data");
                if (Directory.Exists(candidate))
                {
                    return candidate;
                }
            }

            return null;
        }
    }

    public static byte[] Table(string table)
    {
        Assert.SkipWhen(Folder is null, "The recorded Aurora export (shared/data/aurora-export-2020) is not beside this repository.");
        return File.ReadAllBytes(Assert.Single(Directory.GetFiles(Path.Combine(Folder!, "test", $"test.{table}"), "*.parquet")));
    }
}
