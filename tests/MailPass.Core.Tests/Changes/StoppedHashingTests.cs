using MailPass.Changes;
using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Policy;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Changes;

public sealed class StoppedHashingTests
{
    [Theory]
    [InlineData("BLF-CRYPT", 31)]
    [InlineData("SHA512-CRYPT", 999_999_999)]
    [InlineData("ARGON2ID", 1_000_000)]
    public async Task Run_stops_in_the_middle_of_a_hash_of_any_cost(string scheme, int cost)
    {
        var results = await RunAsync(new ChangeRunOptions { Settings = new HashSettings(scheme, cost), Generator = new PasswordGenerator(PasswordPolicy.Default) }, current: null);
        Assert.All(results, result => Assert.Equal((ChangeStatus.Skipped, ErrorIds.Stopped), (result.Status, result.ErrorId)));
        Assert.All(results, result => Assert.Null(result.Password));
    }

    [Fact]
    public async Task Run_stops_in_the_middle_of_verifying_the_current_password()
    {
        var results = await RunAsync(new ChangeRunOptions { Settings = new HashSettings("SSHA512") }, "Old-Passw0rd!");
        Assert.All(results, result => Assert.Equal(ErrorIds.Stopped, result.ErrorId));
    }

    private static async Task<List<ChangeResult>> RunAsync(ChangeRunOptions options, string? current)
    {
        var store = new MemoryStore();
        store.Add("a@example.com", "{BLF-CRYPT}$2y$18$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
        store.Add("b@example.com", "{BLF-CRYPT}$2y$18$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
        using var stop = new CancellationTokenSource();
        store.BeforeFind = () => stop.CancelAfter(TimeSpan.FromMilliseconds(300));
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(store, options);
        try
        {
            await foreach (var result in run.ExecuteAsync(Requests(current), stop.Token))
            {
                results.Add(result);
            }
        }
        catch (OperationCanceledException)
        {
        }

        Assert.Equal(2, results.Count);
        return results;
    }

    private static IAsyncEnumerable<ChangeRequest> Requests(string? current) => ((string[])["a@example.com", "b@example.com"]).Select(identity => new ChangeRequest
    {
        Identity = identity,
        Password = current is null ? null : Secret.FromChars("N3w-Passw0rd!"),
        CurrentPassword = current is null ? null : Secret.FromChars(current),
    }).ToAsyncEnumerable();
}
