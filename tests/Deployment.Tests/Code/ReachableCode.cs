using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace SnapshotBridge.Deployment.Tests.Code;

/// <summary>A call out of our code: the method that is called, and ours that calls it.</summary>
internal sealed record OutgoingCall(MethodBase Callee, MethodBase Caller);

/// <summary>
/// All of our code that an entry point can run, found in the compiled assemblies: every method that is called, taken as a
/// delegate or overridden, where an interface's methods lead to those of its types that are created. What the framework
/// calls by itself (overrides of its methods) counts as soon as the type is created.
/// </summary>
internal sealed class ReachableCode
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private readonly HashSet<MethodBase> _reached = [];
    private readonly Dictionary<MethodBase, MethodBase> _reachedFrom = [];
    private readonly HashSet<Type> _created = [];
    private readonly HashSet<MethodInfo> _dispatched = [];
    private readonly List<OutgoingCall> _calls = [];
    private readonly Queue<MethodBase> _open = new();

    /// <summary>What runs when these methods do.</summary>
    public ReachableCode(params IEnumerable<MethodBase> entries)
    {
        foreach (var entry in entries)
        {
            Create(entry.DeclaringType!);
            Reach(entry, from: null);
        }

        while (_open.TryDequeue(out var method))
        {
            Read(method);
        }
    }

    public IReadOnlyCollection<MethodBase> Methods => _reached;

    public IReadOnlyList<OutgoingCall> Calls => _calls;

    /// <summary>Whether an assembly is of this repository and belongs to the functions.</summary>
    public static bool IsOurs(Assembly assembly) => assembly.GetName().Name is { } name
        && (name.StartsWith("SnapshotBridge.", StringComparison.Ordinal) || name is "StartExport" or "ExportMarker" or "PlanCopy" or "CopyTable" or "LoadTables");

    /// <summary>The way from the entry point to a method, as a text.</summary>
    public string Way(MethodBase method)
    {
        var names = new List<string>();
        for (MethodBase? at = method; at is not null; at = _reachedFrom.GetValueOrDefault(at))
        {
            var name = Name(at);
            if (names.Count == 0 || names[^1] != name)
            {
                names.Add(name);
            }
        }

        names.Reverse();
        return string.Join(" > ", names);
    }

    /// <summary>Type and method as the source has them: what the compiler made of a method counts as that method.</summary>
    public static string Name(MethodBase method)
    {
        var name = method.Name;
        var type = method.DeclaringType!;
        while (type.IsNested && type.Name.StartsWith('<'))
        {
            name = type.Name.StartsWith("<>", StringComparison.Ordinal) ? name : type.Name;
            type = type.DeclaringType!;
        }

        var end = name.IndexOf('>', StringComparison.Ordinal);
        return $"{TypeName(type)}.{(name.StartsWith('<') && end > 1 ? name[1..end] : name)}";
    }

    public static string TypeName(Type type) => type.Name.Split('`')[0];

    private void Read(MethodBase method)
    {
        if (method.GetCustomAttribute<StateMachineAttribute>() is { } machine)
        {
            // An async method only starts its state machine: the code is in there.
            Create(machine.StateMachineType);
            foreach (var step in machine.StateMachineType.GetMethods(Declared))
            {
                Reach(step, method);
            }
        }

        foreach (var (code, member) in IntermediateCode.References(method))
        {
            switch (member)
            {
                case MethodBase callee:
                    Call(callee, method, code);
                    break;
                case FieldInfo { IsStatic: true } field when IsOurs(field.DeclaringType!.Assembly):
                    Initialize(field.DeclaringType, method);
                    break;
                default:
                    break;
            }
        }
    }

    private void Call(MethodBase callee, MethodBase caller, OpCode code)
    {
        var target = DefinitionOf(callee);
        if (code == OpCodes.Newobj && target.DeclaringType is { } type)
        {
            Create(type);
        }

        if (!IsOurs(target.Module.Assembly))
        {
            _calls.Add(new OutgoingCall(target, caller));
            return;
        }

        if (target is MethodInfo { IsVirtual: true } virtualMethod && (code == OpCodes.Callvirt || code == OpCodes.Ldvirtftn) && _dispatched.Add(virtualMethod))
        {
            foreach (var type1 in _created.ToList())
            {
                Dispatch(virtualMethod, type1, caller);
            }
        }

        Reach(target, caller);
    }

    private void Reach(MethodBase method, MethodBase? from)
    {
        method = DefinitionOf(method);
        if (!IsOurs(method.Module.Assembly) || method.IsAbstract || !_reached.Add(method))
        {
            return;
        }

        if (from is not null)
        {
            _reachedFrom[method] = from;
        }

        _open.Enqueue(method);
        if (method.DeclaringType is { } type)
        {
            Initialize(type, method);
            if (type.IsValueType)
            {
                Create(type);
            }
        }
    }

    private void Initialize(Type type, MethodBase from)
    {
        if (DefinitionOf(type).TypeInitializer is { } initializer)
        {
            Reach(initializer, from);
        }
    }

    private void Create(Type type)
    {
        type = DefinitionOf(type);
        if (!IsOurs(type.Assembly) || type.IsInterface || !_created.Add(type))
        {
            return;
        }

        foreach (var method in _dispatched.ToList())
        {
            Dispatch(method, type, from: null);
        }

        // Who overrides a method of the framework is called by the framework.
        foreach (var method in type.GetMethods(Declared).Where(method => method.IsVirtual && !IsOurs(method.GetBaseDefinition().Module.Assembly)))
        {
            Reach(method, type.GetConstructors(Declared).FirstOrDefault());
        }

        foreach (var contract in type.GetInterfaces().Where(contract => !IsOurs(contract.Assembly)))
        {
            foreach (var method in type.GetInterfaceMap(contract).TargetMethods)
            {
                Reach(method, type.GetConstructors(Declared).FirstOrDefault());
            }
        }
    }

    /// <summary>A call of an interface's or a base type's method runs what this type has in its place.</summary>
    private void Dispatch(MethodInfo method, Type type, MethodBase? from)
    {
        if (method.DeclaringType is { IsInterface: true } contract)
        {
            foreach (var implemented in type.GetInterfaces().Where(candidate => DefinitionOf(candidate) == contract))
            {
                var map = type.GetInterfaceMap(implemented);
                for (var i = 0; i < map.InterfaceMethods.Length; i++)
                {
                    if (DefinitionOf(map.InterfaceMethods[i]) == method)
                    {
                        Reach(map.TargetMethods[i], from);
                    }
                }
            }

            return;
        }

        for (var candidate = type; candidate is not null && IsOurs(candidate.Assembly); candidate = candidate.BaseType)
        {
            foreach (var own in candidate.GetMethods(Declared).Where(own => own.IsVirtual && own.GetBaseDefinition() == method.GetBaseDefinition()))
            {
                Reach(own, from);
            }
        }
    }

    private static Type DefinitionOf(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;

    private static MethodBase DefinitionOf(MethodBase method)
    {
        if (method is MethodInfo { IsGenericMethod: true, IsGenericMethodDefinition: false } generic)
        {
            method = generic.GetGenericMethodDefinition();
        }

        return method.DeclaringType is { IsConstructedGenericType: true } type
            ? MethodBase.GetMethodFromHandle(method.MethodHandle, type.GetGenericTypeDefinition().TypeHandle)!
            : method;
    }
}
