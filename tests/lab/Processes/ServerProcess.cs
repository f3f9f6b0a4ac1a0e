using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace MailPass.Lab.Processes;

/// <summary>
/// A server in a process group of its own, so that a Ctrl+C meant for the tests does not reach it. Disposing of this object
/// stops it by its process id; if the tests die before that, the shell that watches over it does.
/// </summary>
public sealed class ServerProcess : IAsyncDisposable
{
    // One shell waits for the server, so that it never stays a zombie. Another looks every second whether the tests still
    // run; if not, it ends the server. The folder is removed if the tests are gone, or if it is marked unwanted.
    private const string Watch =
        """
        parent=$1; pidfile=$2; folder=$3; shift 3
        "$@" & child=$!
        ( while kill -0 $parent && kill -0 $child; do sleep 1; done
          kill -TERM $child && sleep 5 && kill -KILL $child ) 2>/dev/null & guard=$!
        echo $child >"$pidfile.part" && mv "$pidfile.part" "$pidfile"
        wait $child
        kill $guard
        { kill -0 $parent && [ ! -e "$folder/unwanted" ]; } || case $folder in */mplab-*) rm -rf "$folder" ;; esac
        """;

    private const int SigKill = 9;
    private const int SigTerm = 15;

    private readonly string _program;
    private readonly IReadOnlyList<string> _arguments;
    private readonly string _log;
    private Process? _watcher;

    private ServerProcess(string program, IReadOnlyList<string> arguments, string log)
    {
        _program = program;
        _arguments = arguments;
        _log = log;
    }

    /// <summary>The server's process id; 0 while it is stopped.</summary>
    public int Id { get; private set; }

    /// <summary>Whether it has ended, by itself or as asked.</summary>
    public bool HasEnded => Id == 0 || !IsAlive(Id);

    /// <summary>Starts a server and waits until it is ready.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments; it must stay in the foreground.</param>
    /// <param name="log">The file for what it prints, in the server's own <see cref="LabFolder"/>.</param>
    /// <param name="ready">Whether it answers yet.</param>
    public static async Task<ServerProcess> StartAsync(string program, IReadOnlyList<string> arguments, string log, Func<Task<bool>> ready)
    {
        var server = new ServerProcess(program, arguments, log);
        await server.StartAsync(ready);
        return server;
    }

    /// <summary>Starts it again after <see cref="StopAsync"/> or <see cref="KillAsync"/>.</summary>
    public async Task StartAsync(Func<Task<bool>> ready)
    {
        var pidFile = _log + ".pid";
        File.Delete(pidFile);
        var start = new ProcessStartInfo(LabTools.Require("setsid", "util-linux")) { WorkingDirectory = "/" };
        foreach (var argument in (string[])["sh", "-c", "exec >>\"$0\" 2>&1 </dev/null\n" + Watch, _log, Invariant(Environment.ProcessId), pidFile, Path.GetDirectoryName(_log)!, _program, .. _arguments])
        {
            start.ArgumentList.Add(argument);
        }

        _watcher = Process.Start(start)!;
        while (!File.Exists(pidFile))
        {
            await Task.Delay(10);
        }

        Id = int.Parse(await File.ReadAllTextAsync(pidFile), CultureInfo.InvariantCulture);
        while (!await ready())
        {
            if (!IsAlive(Id))
            {
                Id = 0;
                throw new InvalidOperationException($"{Path.GetFileName(_program)} did not start: {await File.ReadAllTextAsync(_log)}");
            }

            await Task.Delay(50);
        }
    }

    /// <summary>Asks it to stop and waits for its end.</summary>
    public Task StopAsync() => EndAsync(SigTerm);

    /// <summary>Ends it without warning, as a power failure of the database's machine would look from here.</summary>
    public Task KillAsync() => EndAsync(SigKill);

    /// <summary>
    /// Asks it to stop, for good and without waiting: its folder is removed when it has ended. For a server that takes some
    /// time to stop (Dovecot, a second) and is not needed any more.
    /// </summary>
    public void Leave()
    {
        if (Id != 0)
        {
            File.Create(Path.Combine(Path.GetDirectoryName(_log)!, "unwanted")).Dispose();
            Signal(Id, SigTerm);
            Id = 0;
        }

        _watcher?.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _watcher?.Dispose();
    }

    /// <summary>Whether something listens on a port of loopback.</summary>
    public static async Task<bool> ListensAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task EndAsync(int signal)
    {
        if (Id == 0)
        {
            return;
        }

        Signal(Id, signal);
        for (var waited = Stopwatch.StartNew(); IsAlive(Id); await Task.Delay(20))
        {
            // A server that ignores SIGTERM must not outlive the tests.
            if (waited.Elapsed > TimeSpan.FromSeconds(20))
            {
                Signal(Id, SigKill);
            }
        }

        Id = 0;
    }

    private static void Signal(int id, int signal)
    {
        if (Kill(id, signal) != 0 && Marshal.GetLastPInvokeError() is not 3 and var error)
        {
            throw new Win32Exception(error);
        }
    }

    private static bool IsAlive(int id) => Kill(id, 0) == 0 && !IsZombie(id);

    private static bool IsZombie(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].StartsWith('Z');
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int pid, int signal);
}
