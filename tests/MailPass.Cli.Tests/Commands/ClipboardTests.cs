using System.Diagnostics;

namespace MailPass.Cli.Tests.Commands;

/// <summary><c>--generate</c> and <c>--clipboard</c>, with a program in the PATH in place of the desktop's clipboard.</summary>
public sealed class ClipboardTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData("xclip", "DISPLAY", "-selection clipboard -in")]
    [InlineData("xsel", "DISPLAY", "--clipboard --input")]
    [InlineData("wl-copy", "WAYLAND_DISPLAY", "")]
    public async Task Reset_copies_and_the_row_has_no_password(string program, string display, string arguments)
    {
        var store = await _folder.StoreAsync("a@example.com");
        var run = await RunAsync(Desktop(program, display, Copies), "reset", "--store", store, "--mailbox", "a@example.com", "--clipboard");

        Assert.True(run.ExitCode == 0, run.ToString());
        var row = Assert.Single(run.Rows);
        Assert.Equal(("Changed", string.Empty), (row["Status"], row["Password"]));
        var copied = File.ReadAllText(_folder.Path("copied"));
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", copied));
        Assert.Equal(arguments, File.ReadAllText(_folder.Path("arguments")).TrimEnd());
        Assert.Contains($"The new password of a@example.com is on the clipboard ({program}).", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(copied, run.Error + run.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_clipboard_that_fails_leaves_the_row_its_password()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var run = await RunAsync(Desktop("xclip", "DISPLAY", "cat >/dev/null; echo no display today >&2; exit 3"), "reset", "--store", store, "--mailbox", "a@example.com", "--clipboard");

        Assert.Equal(1, run.ExitCode);
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", Assert.Single(run.Rows)["Password"]));
        Assert.Contains("no display today", run.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_program_that_stays_in_the_background_is_not_waited_for()
    {
        var desktop = Desktop("xclip", "DISPLAY", Copies + $"; sleep 600 & echo $! >'{_folder.Path("pid")}'");
        var run = await RunAsync(desktop, "new", "--clipboard");
        using var background = Process.GetProcessById(int.Parse(File.ReadAllText(_folder.Path("pid")), System.Globalization.CultureInfo.InvariantCulture));
        try
        {
            Assert.True(run.ExitCode == 0 && run.Output.Length == 0, run.ToString());
            Assert.False(background.HasExited);
            Assert.Equal(16, File.ReadAllText(_folder.Path("copied")).Length);
        }
        finally
        {
            background.Kill();
        }
    }

    [SkippableFact]
    public async Task Nothing_is_changed_without_a_clipboard()
    {
        var store = await _folder.StoreAsync("a@example.com");
        Skip.If(OperatingSystem.IsWindows(), "Windows always has a clipboard.");
        var run = await RunAsync([], "reset", "--store", store, "--mailbox", "a@example.com", "--clipboard");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(ErrorIds.ClipboardUnavailable, run.Error, StringComparison.Ordinal);
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", TempFolder.OldPassword));
    }

    [Theory]
    [InlineData("--clipboard takes the password of one --mailbox", "reset", "--domain", "example.com", "--clipboard")]
    [InlineData("--clipboard takes the password of one --mailbox", "reset", "--mailbox", "a@example.com", "--mailbox", "b@example.com", "--clipboard")]
    [InlineData("--clipboard takes a generated password", "set", "--mailbox", "a@example.com", "--clipboard")]
    [InlineData("--length says how generated passwords look", "set", "--mailbox", "a@example.com", "--length", "20")]
    [InlineData("--generate is for one --mailbox", "set", "--csv", "-", "--generate")]
    public async Task Contradictory_options_are_refused(string expected, params string[] args)
    {
        var run = await RunAsync([], [.. args, "--store", await _folder.StoreAsync("a@example.com", "b@example.com")]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Old-Secret-1\n", 0)]
    [InlineData("Wrong-Secret-1\n", 1)]
    public async Task Set_generates_for_a_self_service_change(string input, int exitCode)
    {
        var store = await _folder.StoreAsync("a@example.com");
        var run = await MailPassRun.WithInput(input, "set", "--store", store, "--mailbox", "a@example.com", "--current", "--generate", "--style", "words");

        Assert.True(run.ExitCode == exitCode, run.ToString());
        var password = Assert.Single(run.Rows)["Password"];
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", exitCode == 0 ? password : TempFolder.OldPassword));
        Assert.Equal(exitCode == 0, password.Length > 20);
    }

    private string Copies => $"printf %s \"$*\" >'{_folder.Path("arguments")}'; cat >'{_folder.Path("copied")}'";

    private Dictionary<string, string> Desktop(string program, string display, string does)
    {
        Skip.If(OperatingSystem.IsWindows(), "The programs are those of Linux.");
        var file = _folder.Write(program, $"#!/bin/sh\n{does}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new() { [display] = ":9", ["PATH"] = $"relative:{Path.GetDirectoryName(file)}" };
    }

    private static Task<MailPassRun> RunAsync(Dictionary<string, string> environment, params string[] args) => MailPassRun.RunAsync(new MemoryStream(), args, environment: environment);
}
