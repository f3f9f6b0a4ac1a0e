using MailPass.Changes;
using MailPass.Hashing;

namespace MailPass.Core.Tests.Changes;

/// <summary>How a run hashes: its memory, its threads, a password that cannot be hashed.</summary>
public sealed class ChangeHashingTests : ChangeRunFixture
{
    [Fact]
    public async Task The_memory_for_hashes_is_limited_as_asked()
    {
        _store.Add("a@example.com", "{SSHA512}x");
        await using (var run = new ChangeRun(_store, _options with { MaxHashingMemory = 100_000_000 }))
        {
            Assert.Equal(100_000_000, Assert.IsType<BatchHasher>(run.Hasher).MaxMemory);
        }

        await using (var run = new ChangeRun(_store, _options))
        {
            Assert.Equal(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, Assert.IsType<BatchHasher>(run.Hasher).MaxMemory);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => new ChangeRun(_store, _options with { MaxHashingMemory = 0 }));
        var results = await RunAsync([Request("a@example.com")], _options with { Settings = new HashSettings("ARGON2ID", 1, 1024), MaxHashingMemory = 1 });
        Assert.Equal(ChangeStatus.Changed, Assert.Single(results).Status);
    }

    [Fact]
    public async Task Hashing_does_not_use_the_thread_pool()
    {
        Fill(300);
        var hasher = new CountingHasher();
        await RunAsync(Reset(300), _options with { Hasher = hasher, BatchSize = 10 });
        Assert.Equal(300, hasher.Count);
        Assert.False(hasher.UsedThreadPool);
    }

    [Fact]
    public async Task Password_that_cannot_be_hashed_fails_alone()
    {
        Fill(20);
        var requests = Reset(20).Select((request, i) => i == 7 ? Request("user7@example.com", "Unhashable-Passw0rd!") : request);
        var results = await RunAsync(requests, _options with { Hasher = new CountingHasher { FailOn = "Unhashable-Passw0rd!" } });
        Assert.Equal(ErrorIds.Unexpected, Assert.Single(results, result => result.Status is not ChangeStatus.Changed).ErrorId);
        Assert.Equal(ErrorIds.Unexpected, results[7].ErrorId);
    }
}
