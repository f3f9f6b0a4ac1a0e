using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MailPass.Secrets;

namespace MailPass.Cli.Input;

/// <summary>Passwords that people type or scripts pipe in; never from the command line, where every user of the machine can read them.</summary>
internal static class SecretInput
{
    private const int MaximumLength = 4096;

    /// <summary>Asks on the terminal without showing what is typed.</summary>
    public static async Task<Secret> AskAsync(CliConsole console, string question, CancellationToken cancellationToken)
    {
        console.Error.Write(question);
        console.Error.Flush();

        // Waiting for a key cannot be cancelled, so the wait is abandoned when the command is stopped.
        return await Task.Run(() => ReadKeys(console), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks twice, until both agree.</summary>
    public static async Task<Secret> AskTwiceAsync(CliConsole console, string question, CancellationToken cancellationToken)
    {
        while (true)
        {
            var first = await AskAsync(console, question, cancellationToken).ConfigureAwait(false);
            using var second = await AskAsync(console, "The same again: ", cancellationToken).ConfigureAwait(false);
            if (first.FixedTimeEquals(second))
            {
                return first;
            }

            first.Dispose();
            console.Say("these were two different passwords; please type it again.");
        }
    }

    private static Secret ReadKeys(CliConsole console)
    {
        var chars = GC.AllocateArray<char>(MaximumLength, pinned: true);
        var length = 0;
        try
        {
            while (true)
            {
                var key = console.ReadKey();
                if (key.Key == ConsoleKey.Enter)
                {
                    console.Error.WriteLine();
                    return Secret.FromChars(chars.AsSpan(0, length));
                }

                if (key.Key == ConsoleKey.Backspace)
                {
                    // A character beyond U+FFFF is two of these.
                    length -= length > 1 && char.IsSurrogatePair(chars[length - 2], chars[length - 1]) ? 2 : Math.Min(length, 1);
                }
                else if (key.KeyChar != '\0' && length < MaximumLength)
                {
                    chars[length++] = key.KeyChar;
                }
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(chars.AsSpan()));
        }
    }
}
