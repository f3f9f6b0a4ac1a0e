using System.Reflection;
using System.Runtime.Loader;

namespace MailPass.PowerShell.Loading;

/// <summary>
/// Where <c>MailPass.Core.dll</c> and everything below it lives. PowerShell's default context holds one version of each
/// assembly for all modules; the first module to load one decides. Here MailPass has the versions it was built with, whatever other
/// modules have brought, and they never meet MailPass's.
/// </summary>
/// <remarks>
/// The context cannot be unloaded: the native SQLite stays in the process anyway, and a context that is being unloaded
/// while a script still holds one of its objects fails in ways nobody could explain.
/// </remarks>
internal sealed class CoreLoadContext : AssemblyLoadContext
{
    private const string CoreName = "MailPass.Core";

    private readonly AssemblyDependencyResolver _resolver;

    private CoreLoadContext(string folder)
        : base("MailPass") =>
        _resolver = new AssemblyDependencyResolver(Path.Combine(folder, CoreName + ".dll"));

    /// <summary>The one context of this process; created when Core is first needed.</summary>
    private static readonly Lazy<CoreLoadContext> _instance = new(
        () => new CoreLoadContext(Path.Combine(Path.GetDirectoryName(typeof(CoreLoadContext).Assembly.Location)!, "lib")));

    /// <summary>Resolves <c>MailPass.Core</c> for the default context, and no other assembly.</summary>
    /// <param name="context">The default context.</param>
    /// <param name="name">The assembly that it could not find.</param>
    public static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name) =>
        string.Equals(name.Name, CoreName, StringComparison.Ordinal) ? _instance.Value.LoadFromAssemblyName(name) : null;

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName) =>
        _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
}
