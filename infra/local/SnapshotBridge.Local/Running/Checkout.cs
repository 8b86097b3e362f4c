namespace SnapshotBridge.Local.Running;

/// <summary>Finds the checkout that a built program belongs to.</summary>
public static class Checkout
{
    /// <summary>The nearest folder above <paramref name="start"/> that holds the template and the solution.</summary>
    /// <exception cref="LocalRunException">There is none: the program was moved out of its checkout.</exception>
    public static string Find(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "template.yaml")) && File.Exists(Path.Combine(folder.FullName, "SnapshotBridge.sln")))
            {
                return folder.FullName;
            }
        }

        throw new LocalRunException("CheckoutNotFound", "setup", $"No folder above {start} holds template.yaml and SnapshotBridge.sln. Start the program with infra/local/run.sh.");
    }
}
