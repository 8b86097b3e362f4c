using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace SnapshotBridge.Deployment.Tests.Code;

/// <summary>A member that a method's compiled code names, and the instruction that names it.</summary>
internal readonly record struct CodeReference(OpCode OpCode, MemberInfo Member);

/// <summary>Reads the compiled code of methods.</summary>
internal static class IntermediateCode
{
    private static readonly Dictionary<ushort, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => unchecked((ushort)code.Value));

    /// <summary>Methods, fields and types that the method's code names, in order.</summary>
    public static IEnumerable<CodeReference> References(MethodBase method)
    {
        foreach (var (code, token) in Instructions(method))
        {
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineTok or OperandType.InlineType)
            {
                yield return new CodeReference(code, Resolve(method, token));
            }
        }
    }

    /// <summary>The texts that the method's code holds, in order.</summary>
    public static IEnumerable<string> Strings(MethodBase method) =>
        from instruction in Instructions(method)
        where instruction.Code.OperandType == OperandType.InlineString
        select method.Module.ResolveString(instruction.Token);

    private static IEnumerable<(OpCode Code, int Token)> Instructions(MethodBase method)
    {
        var body = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        var position = 0;
        while (position < body.Length)
        {
            ushort value = body[position++];
            if (value == 0xFE)
            {
                value = (ushort)(0xFE00 | body[position++]);
            }

            var code = OpCodesByValue[value];
            var operand = body.AsSpan(position);
            var token = code.OperandType switch
            {
                OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineTok or OperandType.InlineType or OperandType.InlineString =>
                    BinaryPrimitives.ReadInt32LittleEndian(operand),
                _ => 0,
            };
            position += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(operand)),
                _ => 4,
            };
            yield return (code, token);
        }
    }

    private static MemberInfo Resolve(MethodBase method, int token) => method.Module.ResolveMember(
        token,
        method.DeclaringType?.GetGenericArguments(),
        method.IsGenericMethod ? method.GetGenericArguments() : null)
        ?? throw new InvalidOperationException($"{method} names the unknown member {token:x8}.");
}
