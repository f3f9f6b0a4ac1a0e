using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace MailPass.Platform;

/// <summary>
/// The native SQLite: MailPass's own if there is one beside it (Windows x64, Linux x64 and Arm64), otherwise the operating system's.
/// </summary>
/// <remarks>
/// The module would be twice the size with a SQLite for each system that PowerShell runs on. Windows on Arm has one in
/// <c>winsqlite3.dll</c>, macOS in <c>libsqlite3.dylib</c>; a Linux distribution has a package. 32-bit Windows calls functions of
/// <c>winsqlite3.dll</c> by another convention than the binding, so it is not used there.
/// </remarks>
internal static unsafe class SqliteLibrary
{
    // The operators -> and ->> of JSON came with 3.38.0 (https://www.sqlite.org/releaselog/3_38_0.html).
    private const int Oldest = 3_038_000;

    private const string Own = "e_sqlite3";

    private static readonly Lazy<Found> s_found = new(() =>
    {
        var binding = typeof(SQLite3Provider_e_sqlite3).Assembly;
        var found = Find(SystemNames, binding);
        if (found.Handle != 0)
        {
            NativeLibrary.SetDllImportResolver(binding, (name, _, _) => name == Own ? found.Handle : 0);
        }

        return found;
    });

    /// <summary>The operating system's SQLite, by the names that it may have here.</summary>
    private static string[] SystemNames =>
        OperatingSystem.IsWindows() ? RuntimeInformation.ProcessArchitecture == Architecture.X86 ? [] : ["winsqlite3.dll"]
        : OperatingSystem.IsMacOS() ? ["libsqlite3.dylib"]
        : ["libsqlite3.so.0"];

    /// <summary>Makes SQLite ready; to be called before the first connection.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreUnreachable"/>: there is none, or it is too old.</exception>
    public static void Prepare()
    {
        if (s_found.Value is { Fault: { } fault })
        {
            throw new MailPassException(ErrorIds.StoreUnreachable, fault, Remedy);
        }
    }

    /// <summary>Searches for MailPass's own library, then for the operating system's.</summary>
    /// <param name="systemNames">The names of the operating system's.</param>
    /// <param name="binding">The assembly that will call it.</param>
    internal static Found Find(IEnumerable<string> systemNames, Assembly binding)
    {
        if (NativeLibrary.TryLoad(Own, binding, null, out var own))
        {
            return new(own, null);
        }

        string? tooOld = null;
        foreach (var name in systemNames)
        {
            if (NativeLibrary.TryLoad(name, out var handle))
            {
                if (NativeLibrary.TryGetExport(handle, "sqlite3_libversion_number", out var version) && ((delegate* unmanaged[Cdecl]<int>)version)() is >= Oldest)
                {
                    return new(handle, null);
                }

                tooOld = $"The SQLite of this system ({name}) is older than 3.38.";
                NativeLibrary.Free(handle);
            }
        }

        return new(0, tooOld ?? $"MailPass has no SQLite for this system ({RuntimeInformation.RuntimeIdentifier}), and neither has the system.");
    }

    private static string Remedy =>
        OperatingSystem.IsWindows() ? "Use the 64-bit PowerShell or mailpass for x64; Windows on Arm runs them too."
        : "Install the system's SQLite 3.38 or newer (Debian: libsqlite3-0, Alpine: sqlite-libs).";

    /// <summary>The result of the search.</summary>
    /// <param name="Handle">The library; 0 if there is none.</param>
    /// <param name="Fault">Why there is none.</param>
    internal readonly record struct Found(nint Handle, string? Fault);
}
