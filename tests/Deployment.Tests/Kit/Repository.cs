namespace SnapshotBridge.Deployment.Tests.Kit;

/// <summary>The checkout whose files are deployed.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The tests' scripts in other languages.</summary>
    public static string Tools => Path("tests", "Deployment.Tests", "tools");

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    public static string Text(params string[] parts) => File.ReadAllText(Path(parts));

    /// <summary>A folder of the tests' own below artifacts, made when missing.</summary>
    public static string Scratch(string name) => Directory.CreateDirectory(Path("artifacts", "tests", "deployment", name)).FullName;

    private static string Find()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = System.IO.Path.GetDirectoryName(folder))
        {
            if (File.Exists(System.IO.Path.Combine(folder, "template.yaml")))
            {
                return folder;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds template.yaml.");
    }
}
