using System.Reflection;
using MailPass.ModuleBuilder.Help;
using MailPass.PowerShell.Commands;

namespace MailPass.PowerShell.Tests;

/// <summary>
/// The cmdlets, as types and as the help builder reads them. Attributes are read and never instantiated, because PowerShell's
/// own classes are here only as declarations.
/// </summary>
internal static class Cmdlets
{
    private const string Automation = "System.Management.Automation.";

    public static IReadOnlyList<Type> Types { get; } =
        [.. typeof(MailPassCommand).Assembly.GetExportedTypes().Where(type => Attribute(type, "CmdletAttribute") is not null)];

    /// <summary>Every parameter of every cmdlet.</summary>
    public static IEnumerable<PropertyInfo> Parameters =>
        Types.SelectMany(type => type.GetProperties()).Where(property => Attribute(property, "ParameterAttribute") is not null);

    public static IReadOnlyList<CmdletInfo> Read() => CmdletReader.Read(
        typeof(MailPassCommand).Assembly.Location,
        Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Concat(Directory.GetFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "*.dll"))
            .Where(IsManaged).DistinctBy(Path.GetFileName));

    public static CustomAttributeData? Attribute(MemberInfo member, string name) =>
        member.GetCustomAttributesData().FirstOrDefault(data => data.AttributeType.FullName == Automation + name);

    /// <summary>A named argument of an attribute.</summary>
    public static object? Named(CustomAttributeData? data, string name) =>
        data?.NamedArguments.Where(argument => argument.MemberName == name).Select(argument => argument.TypedValue.Value).FirstOrDefault();

    public static (string Verb, string Noun) Words(Type type)
    {
        var arguments = Attribute(type, "CmdletAttribute")!.ConstructorArguments;
        return ((string)arguments[0].Value!, (string)arguments[1].Value!);
    }

    public static string NameOf(Type type) => $"{Words(type).Verb}-{Words(type).Noun}";

    private static bool IsManaged(string file)
    {
        try
        {
            AssemblyName.GetAssemblyName(file);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }
}
