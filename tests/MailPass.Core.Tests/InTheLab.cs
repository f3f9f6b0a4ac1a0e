using MailPass.Lab.Processes;

namespace MailPass.Core.Tests;

/// <summary>Skips a test if the machine lacks something.</summary>
internal static class InTheLab
{
    /// <summary>Starts something of the lab; the test is skipped if this machine does not have it.</summary>
    public static async Task<T> TryAsync<T>(Func<Task<T>> start)
    {
        try
        {
            return await start();
        }
        catch (LabUnavailableException e)
        {
            Skip.If(true, e.Message);
            throw;
        }
    }
}
