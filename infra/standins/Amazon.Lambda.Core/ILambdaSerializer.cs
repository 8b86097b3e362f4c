namespace Amazon.Lambda.Core;

/// <summary>Turns payloads into handler arguments and results into payloads.</summary>
public interface ILambdaSerializer
{
    T Deserialize<T>(Stream requestStream);

    void Serialize<T>(T response, Stream responseStream);
}

/// <summary>Names the serializer of an assembly's handlers, or of one handler.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Assembly)]
public sealed class LambdaSerializerAttribute(Type serializerType) : Attribute
{
    public Type SerializerType { get; set; } = serializerType;
}
