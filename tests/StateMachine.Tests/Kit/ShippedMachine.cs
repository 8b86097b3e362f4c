using SnapshotBridge.Local.StateMachine.Asl;

namespace SnapshotBridge.StateMachine.Tests.Kit;

/// <summary>The file that is deployed, and the substitutions that a deployment gives it.</summary>
public static class ShippedMachine
{
    public static readonly IReadOnlyDictionary<string, string> Substitutions = new Dictionary<string, string>
    {
        ["StartExportFunctionArn"] = "StartExport",
        ["PlanCopyFunctionArn"] = "PlanCopy",
        ["CopyTableFunctionArn"] = "CopyTable",
        ["LoadTablesFunctionArn"] = "LoadTables",
        ["ExportBucket"] = "bucket",
    };

    public static string Raw { get; } = File.ReadAllText(Path.Combine(Root(), "statemachine", "snapshot-bridge.asl.json"));

    public static string Definition { get; } = DefinitionSubstitutions.Apply(Raw, Substitutions);

    private static string Root()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Directory.Packages.props")))
            {
                return folder;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} is the repository's root.");
    }
}
