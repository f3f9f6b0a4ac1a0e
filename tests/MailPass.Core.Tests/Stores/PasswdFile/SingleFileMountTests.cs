using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using MailPass.Changes;
using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Lab.Mail;
using MailPass.Lab.Processes;
using MailPass.Mailboxes;
using MailPass.Platform;
using MailPass.Policy;
using MailPass.Stores;

namespace MailPass.Core.Tests.Stores.PasswdFile;

/// <summary>A passwd-file that a container mounts by itself, and what a killed writer left beside one.</summary>
public sealed class SingleFileMountTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private Process? _container;

    // A space, which mountinfo escapes.
    private string Users => System.IO.Path.Combine(Directory.CreateDirectory(_folder["on the host"]).FullName, "users");

    private string Mounted => System.IO.Path.Combine(Directory.CreateDirectory(_folder["container"]).FullName, "users");

    public void Dispose()
    {
        if (_container is not null)
        {
            _container.Kill(entireProcessTree: true);
            _container.WaitForExit();
            _container.Dispose();
        }

        if (OperatingSystem.IsLinux() && MountTable.IsMountPoint(Mounted))
        {
            // A child of a Dovecot that has just ended may hold the file for a moment more.
            Program.Run("umount", ["--lazy", Mounted]);
        }

        _folder.Dispose();
    }

    [SkippableFact]
    public async Task A_file_that_is_mounted_elsewhere_keeps_its_inode()
    {
        await MountAsync();
        var inode = Inode(Users);
        Assert.Contains(Mounted, MountTable.MountedAt(Users), StringComparison.Ordinal);

        await ResetAsync("{SSHA512}longer+than+the+old+one", "x");

        Assert.Equal(inode, Inode(Users));
        Assert.Equal(await File.ReadAllTextAsync(Users), await File.ReadAllTextAsync(Mounted));
        Assert.Equal("anna@example.org:x:5000:5000\nbert@example.org:{SSHA512}b2xk\n", await File.ReadAllTextAsync(Users));
        Assert.Equal(["users", "users.lock"], Directory.GetFiles(System.IO.Path.GetDirectoryName(Users)!).Select(System.IO.Path.GetFileName).Order());
    }

    [SkippableFact]
    public async Task A_mount_in_another_namespace_is_seen()
    {
        await MountInContainerAsync();
        var inode = Inode(Users);
        Assert.Contains("process", MountTable.MountedAt(Users), StringComparison.Ordinal);
        Assert.False(MountTable.IsMountPoint(Mounted));

        await ResetAsync("{SSHA512}bmV3");

        Assert.Equal(inode, Inode(Users));
        Assert.Equal(await File.ReadAllTextAsync(Users), await File.ReadAllTextAsync($"/proc/{_container!.Id}/root{Mounted}"));
    }

    [SkippableFact]
    public async Task A_file_that_is_a_mount_is_refused_with_the_reason()
    {
        await MountAsync();
        var before = await File.ReadAllTextAsync(Users);
        await using var store = await OpenAsync(Mounted);
        Assert.True(store.Info.IsReadOnly);
        await using var run = new ChangeRun(store, new ChangeRunOptions());

        var fault = await Assert.ThrowsAsync<MailPassException>(async () => await run.ExecuteAsync(new[] { new ChangeRequest { Identity = "anna@example.org" } }.ToAsyncEnumerable()).ToListAsync());

        Assert.Equal(ErrorIds.StoreReadOnly, fault.ErrorId);
        Assert.Contains("mounted by itself", fault.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(Users));
        Assert.Equal(["users"], Directory.GetFiles(_folder["container"]).Select(System.IO.Path.GetFileName));
    }

    [SkippableFact]
    public async Task Batches_that_overlap_lookups_are_all_written()
    {
        await MountAsync();
        await File.WriteAllLinesAsync(Users, Enumerable.Range(0, 3000).Select(i => $"user{i}@example.org:{{SSHA512}}b2xk::::::"));
        await using var store = await OpenAsync(Users);
        await using var run = new ChangeRun(store, new ChangeRunOptions { Generator = new PasswordGenerator(PasswordPolicy.Default), Settings = new HashSettings("SSHA512") });
        var listed = store.ListAsync(new MailboxQuery(), CancellationToken.None).Select(account => new ChangeRequest { Identity = account.Address.Value });

        var results = await run.ExecuteAsync(listed).ToListAsync();

        Assert.Equal(3000, results.Count);
        Assert.All(results, result => Assert.Equal(ChangeStatus.Changed, result.Status));
        Assert.DoesNotContain("}b2xk:", await File.ReadAllTextAsync(Mounted), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Dovecot_that_reads_the_mounted_file_takes_the_change()
    {
        await MountAsync();
        await File.WriteAllTextAsync(Users, "anna@example.org:{PLAIN}Old-Passw0rd!::::::\n");
        // Dovecot's own user must reach it.
        Program.Run("chmod", ["-R", "a+rX", _folder.Root]);
        await using var dovecot = await StartAsync();
        Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, "anna@example.org", "Old-Passw0rd!"));

        await ResetAsync("{PLAIN}New-Passw0rd!");

        await Task.Delay(TimeSpan.FromSeconds(2.2));
        Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, "anna@example.org", "New-Passw0rd!"));
        Assert.False(await MailLogin.ImapAsync(dovecot.ImapPort, "anna@example.org", "Old-Passw0rd!"));
    }

    [Fact]
    public void A_half_written_file_is_undone_by_the_next_run()
    {
        var old = "anna@example.org:{SSHA512}old\nbert@example.org:{SSHA512}old\n";
        Prop.ForAll(
            Gen.Zip(Gen.Elements("anna@example.org:{SSHA512}new\nbert@example.org:{SSHA512}old\n", "anna@example.org:{SSHA512}much+longer\nbert@example.org:\n", "\n"), Gen.Choose(0, 80)).ToArbitrary(),
            pair =>
            {
                var (@new, written) = (pair.Item1, Math.Min(pair.Item1.Length, pair.Item2));
                Leave(old, @new, @new[..written] + (written < old.Length ? old[written..] : string.Empty));

                OpenAsync(Users).AsTask().GetAwaiter().GetResult().DisposeAsync().AsTask().GetAwaiter().GetResult();

                Assert.Equal(old, File.ReadAllText(Users));
                Assert.Equal(["users", "users.lock"], Directory.GetFiles(System.IO.Path.GetDirectoryName(Users)!).Select(System.IO.Path.GetFileName).Order());
            }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task A_file_that_someone_wrote_since_is_left()
    {
        const string Since = "carla@example.org:{SSHA512}theirs\nbert@example.org:{SSHA512}old\n";
        Leave("anna@example.org:{SSHA512}old\nbert@example.org:{SSHA512}old\n", "anna@example.org:{SSHA512}new\nbert@example.org:{SSHA512}old\n", Since);
        await (await OpenAsync(Users)).DisposeAsync();
        Assert.Equal(Since, await File.ReadAllTextAsync(Users));
        Assert.Equal(["users", "users.lock"], Directory.GetFiles(System.IO.Path.GetDirectoryName(Users)!).Select(System.IO.Path.GetFileName).Order());
    }

    [Fact]
    public async Task Files_of_a_killed_run_are_cleared_on_opening()
    {
        Leave(null, "half a fi", "anna@example.org:{SSHA512}old\n");
        await (await OpenAsync(Users)).DisposeAsync();
        Assert.Equal(["users", "users.lock"], Directory.GetFiles(System.IO.Path.GetDirectoryName(Users)!).Select(System.IO.Path.GetFileName).Order());
    }

    [Fact]
    public async Task Files_of_a_run_under_way_are_left()
    {
        Leave(null, "half a fi", "anna@example.org:{SSHA512}old\n");
        using (new FileStream(Users + ".lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            await (await OpenAsync(Users)).DisposeAsync();
        }

        Assert.True(File.Exists(Users + ".mailpass-new"));
    }

    private static ValueTask<IMailboxStore> OpenAsync(string path) => new(MailStore.OpenAsync(new StoreLocation(StoreProvider.PasswdFile, path), new StoreOpenOptions()));

    private static string Inode(string path) => Program.Run("stat", ["-c", "%i", path]);

    private void Leave(string? old, string @new, string now)
    {
        File.WriteAllText(Users, now);
        File.WriteAllText(Users + ".mailpass-new", @new);
        if (old is not null)
        {
            File.WriteAllText(Users + ".mailpass-old", old);
        }
    }

    private async Task ResetAsync(params string[] hashes)
    {
        await using var store = await OpenAsync(Users);
        foreach (var hash in hashes)
        {
            var account = Assert.Single(await store.FindAsync([MailboxAddress.Parse("anna@example.org")], CancellationToken.None))!;
            Assert.Equal(WriteStatus.Written, Assert.Single(await store.WriteAsync([new HashWrite { Account = account, NewHash = hash }], CancellationToken.None)).Status);
        }
    }

    private void Prepare()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "A file is mounted, which only Linux' root may do.");
        File.WriteAllText(Users, "anna@example.org:{SSHA512}b2xk:5000:5000\nbert@example.org:{SSHA512}b2xk\n");
        File.WriteAllText(Mounted, string.Empty);
    }

    private async Task MountAsync()
    {
        Prepare();
        var mounted = await Command.TryAsync("/bin/mount", ["--bind", Users, Mounted]);
        Skip.If(mounted.ExitCode != 0, mounted.Error);
    }

    private async Task MountInContainerAsync()
    {
        Prepare();
        _container = Process.Start(new ProcessStartInfo("unshare", ["--mount", "--propagation", "private", "sh", "-c", "mount --bind \"$0\" \"$1\" && echo ready && exec sleep 1000", Users, Mounted]) { RedirectStandardOutput = true })!;
        Skip.If(await _container.StandardOutput.ReadLineAsync() != "ready", "This machine lets no namespace be made.");
    }

    private Task<DovecotServer> StartAsync() => InTheLab.TryAsync(() => DovecotServer.StartAsync(new DovecotSetup { PasswdFile = Mounted }));
}
