using System.Reflection;

namespace MailPass.ModuleBuilder.Help;

/// <summary>Reads cmdlets from their assembly without running it, so that no PowerShell is needed to build the help.</summary>
internal static class CmdletReader
{
    private const string Automation = "System.Management.Automation.";

    /// <summary>The cmdlets of an assembly, by name.</summary>
    /// <param name="assembly">The assembly's file.</param>
    /// <param name="references">The files of the assemblies that it was compiled against.</param>
    public static IReadOnlyList<CmdletInfo> Read(string assembly, IEnumerable<string> references)
    {
        using var context = new MetadataLoadContext(new PathAssemblyResolver(references.Append(assembly)), "System.Runtime");
        return [.. context.LoadFromAssemblyPath(assembly).GetExportedTypes()
            .Select(Read)
            .OfType<CmdletInfo>()
            .OrderBy(cmdlet => cmdlet.Name, StringComparer.Ordinal)];
    }

    private static CmdletInfo? Read(Type type)
    {
        var attributes = type.GetCustomAttributesData();
        var cmdlet = attributes.FirstOrDefault(data => Is(data, "CmdletAttribute"));
        if (cmdlet is null || type.IsAbstract)
        {
            return null;
        }

        return new CmdletInfo(
            $"{cmdlet.ConstructorArguments[0].Value}-{cmdlet.ConstructorArguments[1].Value}",
            Named(cmdlet, "SupportsShouldProcess") is true,
            Named(cmdlet, "DefaultParameterSetName") as string,
            [.. Hierarchy(type).SelectMany(Parameters)],
            [.. attributes.Where(data => Is(data, "OutputTypeAttribute")).SelectMany(OutputTypes)]);
    }

    private static IEnumerable<Type> Hierarchy(Type type)
    {
        for (var current = type; current is not null && current.Namespace?.StartsWith("MailPass", StringComparison.Ordinal) == true; current = current.BaseType)
        {
            yield return current;
        }
    }

    private static IEnumerable<CmdletParameter> Parameters(Type type) =>
        from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        let data = property.GetCustomAttributesData()
        let sets = data.Where(attribute => Is(attribute, "ParameterAttribute")).Select(InSet).ToList()
        where sets.Count > 0
        select new CmdletParameter(
            property.Name,
            NameOf(property.PropertyType),
            property.PropertyType.Name == "SwitchParameter",
            [.. data.Where(attribute => Is(attribute, "AliasAttribute")).SelectMany(attribute => Values(attribute.ConstructorArguments[0]).Cast<string>())],
            sets,
            data.Any(attribute => Is(attribute, "SupportsWildcardsAttribute")));

    private static ParameterInSet InSet(CustomAttributeData data) => new(
        Named(data, "ParameterSetName") as string,
        Named(data, "Mandatory") is true,
        Named(data, "Position") as int?,
        Named(data, "ValueFromPipeline") is true,
        Named(data, "ValueFromPipelineByPropertyName") is true);

    private static IEnumerable<string> OutputTypes(CustomAttributeData data) =>
        data.ConstructorArguments.SelectMany(Values).OfType<Type>().Select(type => type.FullName!);

    private static IEnumerable<object?> Values(CustomAttributeTypedArgument argument) =>
        argument.Value is IEnumerable<CustomAttributeTypedArgument> many ? many.Select(one => one.Value) : [argument.Value];

    private static string NameOf(Type type) =>
        type.IsArray ? NameOf(type.GetElementType()!) + "[]"
        : type.IsGenericType && type.Name.StartsWith("Nullable", StringComparison.Ordinal) ? NameOf(type.GetGenericArguments()[0])
        : type.Name;

    private static bool Is(CustomAttributeData data, string name) => data.AttributeType.FullName == Automation + name;

    private static object? Named(CustomAttributeData data, string name) =>
        data.NamedArguments.Where(argument => argument.MemberName == name).Select(argument => argument.TypedValue.Value).FirstOrDefault();
}
