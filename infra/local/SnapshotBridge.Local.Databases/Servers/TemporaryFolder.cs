using System.Collections.Concurrent;

namespace SnapshotBridge.Local.Databases.Servers;

/// <summary>Folders that only the current user may enter and that are gone when the process ends.</summary>
internal static class TemporaryFolder
{
    private static readonly ConcurrentDictionary<string, bool> Folders = new();

    static TemporaryFolder() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var folder in Folders.Keys)
        {
            Delete(folder);
        }
    };

    public static string Create(string purpose)
    {
        var folder = Directory.CreateTempSubdirectory($"sb-db-{purpose}-").FullName;
        Folders.TryAdd(folder, true);
        return folder;
    }

    public static void Delete(string folder)
    {
        Folders.TryRemove(folder, out _);
        // A server that is being killed may still create a file while its folder is deleted.
        for (var attempt = 1; Directory.Exists(folder); attempt++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException && attempt < 5)
            {
                Thread.Sleep(50);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What is left of a temporary folder is no reason to fail a run that has ended.
                return;
            }
        }
    }
}
