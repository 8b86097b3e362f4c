using System.Reflection;
using System.Runtime.Loader;

namespace SnapshotBridge.Local.FunctionHost;

/// <summary>
/// Loads a function and everything it brings from its own folder. Amazon.Lambda.Core is shared with the host: the
/// interfaces that both sides speak must be the same types.
/// </summary>
internal sealed class FunctionLoadContext(string assemblyPath) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(assemblyPath))
{
    private const string SharedAssembly = "Amazon.Lambda.Core";

    private readonly AssemblyDependencyResolver _resolver = new(assemblyPath);

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name == SharedAssembly)
        {
            return null;
        }

        return _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
}
