namespace MailPass.Cli.Input;

/// <summary>A question that one key answers.</summary>
internal static class Question
{
    /// <returns>Whether the answer was yes.</returns>
    public static async Task<bool> AskAsync(CliConsole console, string question, CancellationToken cancellationToken)
    {
        console.Error.Write(question);
        console.Error.Flush();
        var key = await Task.Run(console.ReadKey, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        console.Error.WriteLine(key.KeyChar is >= ' ' ? key.KeyChar.ToString() : string.Empty);
        return key.KeyChar is 'y' or 'Y';
    }
}
