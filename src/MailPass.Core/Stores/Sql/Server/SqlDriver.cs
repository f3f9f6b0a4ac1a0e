using System.Data.Common;
using System.Runtime.Loader;

namespace MailPass.Stores.Sql.Server;

/// <summary>
/// Loads an ADO.NET driver by name. Core compiles against <c>System.Data.Common</c> alone; the drivers lie in the
/// <c>drivers</c> folder beside it (see <c>src/MailPass.Drivers</c>) or, where a program brought its own, beside Core.
/// </summary>
internal static class SqlDriver
{
    /// <summary>The factory of a driver.</summary>
    /// <param name="assembly">The assembly's name.</param>
    /// <param name="factoryType">The full name of its factory, which has a field <c>Instance</c>.</param>
    /// <param name="database">The database, for the error.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.DriverMissing"/>.</exception>
    public static DbProviderFactory Load(string assembly, string factoryType, string database)
    {
        // In PowerShell Core lives in a load context of its own; the driver must live in the same one to find what it
        // shares with Core (the logging abstractions), and to stay apart from other modules' drivers.
        var core = typeof(SqlDriver).Assembly;
        var context = AssemblyLoadContext.GetLoadContext(core)!;
        var folder = core.Location.Length > 0 ? Path.GetDirectoryName(core.Location)! : AppContext.BaseDirectory;
        foreach (var path in (string[])[Path.Combine(folder, "drivers", assembly + ".dll"), Path.Combine(folder, assembly + ".dll")])
        {
            if (!File.Exists(path))
            {
                continue;
            }

            try
            {
                var type = context.LoadFromAssemblyPath(path).GetType(factoryType, throwOnError: true)!;
                return (DbProviderFactory)type.GetField("Instance")!.GetValue(null)!;
            }
            catch (Exception e) when (e is IOException or BadImageFormatException or TypeLoadException or InvalidCastException)
            {
                throw new MailPassException(ErrorIds.DriverMissing, $"The driver for {database}, '{path}', cannot be loaded: {e.Message}", "Install MailPass anew.", e);
            }
        }

        throw new MailPassException(
            ErrorIds.DriverMissing,
            $"The driver for {database} ({assembly}) is not installed beside MailPass.",
            $"Put {assembly}.dll (NuGet package {assembly}) into '{Path.Combine(folder, "drivers")}'; a build where a package source has it does so.");
    }
}
