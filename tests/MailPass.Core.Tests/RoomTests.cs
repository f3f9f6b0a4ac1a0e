using System.Reflection;
using System.Reflection.Emit;

namespace MailPass.Core.Tests;

/// <summary>The rooms of the core lean on each other in one direction: a room knows those below it and none above.</summary>
public sealed class RoomTests
{
    // From the ground up. The root has the errors, which every room names.
    private static readonly string[] s_rooms =
    [
        "Rows", "", "Platform", "Secrets", "Mailboxes", "Policy", "Generation", "Hashing", "Stores", "Sessions", "Changes", "Journals", "Import", "Doors", "Profiles", "Diagnostics",
    ];

    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> s_codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    [Fact]
    public void Every_room_has_its_place()
    {
        var rooms = typeof(ErrorIds).Assembly.GetTypes().Select(RoomOf).OfType<string>().Distinct();
        Assert.Empty(rooms.Except(s_rooms));
    }

    [Fact]
    public void No_room_knows_one_above_it()
    {
        var upwards = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var type in typeof(ErrorIds).Assembly.GetTypes())
        {
            if (RoomOf(type) is { } room)
            {
                var place = Array.IndexOf(s_rooms, room);
                upwards.UnionWith(Uses(type)
                    .SelectMany(Parts)
                    .Where(used => RoomOf(used) is { } other && Array.IndexOf(s_rooms, other) > place)
                    .Select(used => $"{Outermost(type).FullName} knows {Outermost(used).FullName}"));
            }
        }

        Assert.Empty(upwards);
    }

    // Null for what is not the core's own.
    private static string? RoomOf(Type type)
    {
        var parts = type.Assembly == typeof(ErrorIds).Assembly ? type.Namespace?.Split('.') : null;
        return parts is ["MailPass", ..] ? parts.ElementAtOrDefault(1) ?? string.Empty : null;
    }

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericType ? type.GetGenericArguments().Where(argument => !argument.IsGenericParameter).SelectMany(Parts).Prepend(type.GetGenericTypeDefinition())
        : [type];

    private static IEnumerable<Type> Uses(Type type)
    {
        var methods = type.GetMethods(Everything).Concat<MethodBase>(type.GetConstructors(Everything)).ToList();
        return type.GetInterfaces()
            .Append(type.BaseType ?? typeof(object))
            .Concat(type.GetFields(Everything).Select(field => field.FieldType))
            .Concat(methods.SelectMany(method => method.GetParameters()).Select(parameter => parameter.ParameterType))
            .Concat(methods.OfType<MethodInfo>().Select(method => method.ReturnType))
            .Concat(methods.SelectMany(NamedIn));
    }

    // The types that a method's instructions name.
    private static IEnumerable<Type> NamedIn(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
        {
            yield break;
        }

        foreach (var local in body.LocalVariables)
        {
            yield return local.LocalType;
        }

        var code = body.GetILAsByteArray()!;
        for (var at = 0; at < code.Length;)
        {
            var operation = s_codes[code[at] == 0xFE ? (short)((code[at] << 8) | code[at + 1]) : code[at]];
            at += operation.Size;
            if (operation.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                var member = method.Module.ResolveMember(
                    BitConverter.ToInt32(code, at),
                    method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null,
                    method.IsGenericMethod ? method.GetGenericArguments() : null);
                if ((member as Type ?? member!.DeclaringType) is { } named)
                {
                    yield return named;
                }

                foreach (var argument in member is MethodInfo { IsGenericMethod: true } generic ? generic.GetGenericArguments() : [])
                {
                    yield return argument;
                }
            }

            at += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }
}
