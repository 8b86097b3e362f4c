namespace SnapshotBridge.TestKit;

/// <summary>The checkout that the tests were built from.</summary>
public static class Repository
{
    /// <summary>The folder that holds the template.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "template.yaml")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException($"template.yaml is in no folder above {AppContext.BaseDirectory}.");
        }

        return folder.FullName;
    }
}
