using System.Reflection;
using System.Runtime.CompilerServices;
using Amazon.Lambda.Core;

namespace SnapshotBridge.Local.FunctionHost;

/// <summary>A class-library handler: one instance for the sandbox's life, its method, and the serializer it names.</summary>
internal sealed class FunctionHandler
{
    private const BindingFlags Methods = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    private readonly MethodInfo _method;
    private readonly object? _instance;
    private readonly Type? _inputType;
    private readonly bool _takesContext;
    private readonly MethodInfo? _deserialize;
    private readonly MethodInfo? _serialize;
    private readonly PropertyInfo? _result;

    private FunctionHandler(MethodInfo method, object? instance, ILambdaSerializer? serializer)
    {
        _method = method;
        _instance = instance;
        Serializer = serializer;
        var parameters = method.GetParameters();
        _takesContext = parameters.Length > 0 && parameters[^1].ParameterType == typeof(ILambdaContext);
        var inputs = parameters.Length - (_takesContext ? 1 : 0);
        if (inputs > 1)
        {
            throw new LambdaValidationException($"The handler {method.DeclaringType}.{method.Name} takes {inputs} inputs, but a handler takes at most one and an ILambdaContext after it.");
        }

        _inputType = inputs == 1 ? parameters[0].ParameterType : null;
        var returned = method.ReturnType;
        if (returned == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute)))
        {
            throw new LambdaValidationException($"The handler {method.DeclaringType}.{method.Name} is 'async void': nobody could wait for it. Return a Task.");
        }

        var isTask = typeof(Task).IsAssignableFrom(returned);
        _result = isTask && returned.IsGenericType ? returned.GetProperty(nameof(Task<object>.Result)) : null;
        var output = _result?.PropertyType ?? (isTask || returned == typeof(void) ? null : returned);
        if (_inputType is not null && _inputType != typeof(Stream))
        {
            _deserialize = Through(serializer, nameof(ILambdaSerializer.Deserialize), _inputType, method);
        }

        if (output is not null && !typeof(Stream).IsAssignableFrom(output))
        {
            _serialize = Through(serializer, nameof(ILambdaSerializer.Serialize), output, method);
        }
    }

    internal ILambdaSerializer? Serializer { get; }

    /// <param name="folder">The function's build output.</param>
    /// <param name="handler"><c>Assembly::Type::Method</c>.</param>
    /// <exception cref="LambdaValidationException">Assembly, type or method is not there, or cannot be a handler.</exception>
    /// <exception cref="Exception">Whatever the function's constructor threw.</exception>
    internal static FunctionHandler Load(string folder, string handler)
    {
        if (handler.Split("::") is not [var assemblyName, var typeName, var methodName])
        {
            throw new LambdaValidationException($"The handler '{handler}' must be Assembly::Type::Method.");
        }

        var path = Path.GetFullPath(Path.Combine(folder, assemblyName + ".dll"));
        if (!File.Exists(path))
        {
            throw new LambdaValidationException($"Could not find the file '{path}' of the handler '{handler}'.");
        }

        var assembly = new FunctionLoadContext(path).LoadFromAssemblyPath(path);
        var type = assembly.GetType(typeName)
            ?? throw new LambdaValidationException($"Unable to load type '{typeName}' from assembly '{assemblyName}'.");
        var methods = type.GetMethods(Methods).Where(method => method.Name == methodName).ToList();
        if (methods.Count != 1)
        {
            throw new LambdaValidationException(methods.Count == 0
                ? $"Unable to find method '{methodName}' in type '{typeName}' from assembly '{assemblyName}'."
                : $"Found {methods.Count} overloads of '{methodName}' in type '{typeName}': a handler must be the only one of its name.");
        }

        var serializer = SerializerOf(methods[0], assembly);
        return new FunctionHandler(methods[0], methods[0].IsStatic ? null : Create(type), serializer);
    }

    /// <exception cref="Exception">Whatever the handler or its serializer threw, unwrapped.</exception>
    internal async Task<byte[]> InvokeAsync(byte[] input, ILambdaContext context)
    {
        var arguments = new List<object?>(2);
        if (_inputType is not null)
        {
            var stream = new MemoryStream(input, writable: false);
            arguments.Add(_deserialize is null ? stream : Call(_deserialize, Serializer, stream));
        }

        if (_takesContext)
        {
            arguments.Add(context);
        }

        var returned = Call(_method, _instance, [.. arguments]);
        if (returned is Task task)
        {
            await task;
            returned = _result?.GetValue(task);
        }

        if (_serialize is not null)
        {
            using var output = new MemoryStream();
            Call(_serialize, Serializer, returned, output);
            return output.ToArray();
        }

        if (returned is Stream response && _method.ReturnType != typeof(void))
        {
            await using (response)
            {
                using var output = new MemoryStream();
                await response.CopyToAsync(output);
                return output.ToArray();
            }
        }

        return [];
    }

    private static object? Create(Type type)
    {
        try
        {
            return Activator.CreateInstance(type);
        }
        catch (TargetInvocationException e) when (e.InnerException is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerException);
            throw;
        }
    }

    private static ILambdaSerializer? SerializerOf(MethodInfo method, Assembly assembly)
    {
        var attribute = method.GetCustomAttribute<LambdaSerializerAttribute>() ?? assembly.GetCustomAttribute<LambdaSerializerAttribute>();
        if (attribute is null)
        {
            return null;
        }

        return Create(attribute.SerializerType) as ILambdaSerializer
            ?? throw new LambdaValidationException($"The serializer '{attribute.SerializerType}' does not implement ILambdaSerializer.");
    }

    private static MethodInfo Through(ILambdaSerializer? serializer, string name, Type type, MethodInfo handler)
    {
        if (serializer is null)
        {
            throw new LambdaValidationException($"The handler {handler.DeclaringType}.{handler.Name} uses '{type}', but neither it nor its assembly names a LambdaSerializer.");
        }

        return typeof(ILambdaSerializer).GetMethod(name)!.MakeGenericMethod(type);
    }

    private static object? Call(MethodInfo method, object? target, params object?[] arguments) =>
        method.Invoke(target, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null);
}
