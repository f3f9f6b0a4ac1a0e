using System.Runtime.InteropServices;
using MailPass.Platform;
using SQLitePCL;

namespace MailPass.Core.Tests.Platform;

public sealed class SqliteLibraryTests
{
    // An assembly without an e_sqlite3 beside it.
    private static readonly System.Reflection.Assembly s_elsewhere = typeof(object).Assembly;

    [SkippableFact]
    public void System_library_serves_if_own_is_missing()
    {
        Skip.IfNot(NativeLibrary.TryLoad("libsqlite3.so.0", out _), "This machine has no SQLite of its own.");
        Skip.If(NativeLibrary.TryLoad("e_sqlite3", s_elsewhere, null, out _), "Here MailPass's own is found from everywhere.");
        var found = SqliteLibrary.Find(["no-such-library", "libsqlite3.so.0"], s_elsewhere);
        Assert.Null(found.Fault);
        Assert.NotEqual(0, found.Handle);
    }

    [SkippableFact]
    public void No_library_at_all_is_a_fault_that_names_the_system()
    {
        Skip.If(NativeLibrary.TryLoad("e_sqlite3", s_elsewhere, null, out _), "Here MailPass's own is found from everywhere.");
        var found = SqliteLibrary.Find(["no-such-library"], s_elsewhere);
        Assert.Equal(0, found.Handle);
        Assert.Contains(RuntimeInformation.RuntimeIdentifier, found.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Own_library_comes_first()
    {
        SqliteLibrary.Prepare();
        Assert.Equal(NativeLibrary.Load("e_sqlite3", typeof(SQLite3Provider_e_sqlite3).Assembly, null), SqliteLibrary.Find(["libsqlite3.so.0"], typeof(SQLite3Provider_e_sqlite3).Assembly).Handle);
    }
}
