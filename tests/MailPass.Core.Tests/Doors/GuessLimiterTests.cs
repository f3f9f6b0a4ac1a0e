using System.Net;
using MailPass.Doors;

namespace MailPass.Core.Tests.Doors;

public sealed class GuessLimiterTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mailpass-guesses-");
    private readonly SetClock _clock = new();

    private string FileName => Path.Combine(_folder.FullName, "state", "guesses");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Thousand_guesses_from_20_clients_slow_down_but_not_the_owner()
    {
        var limiter = new GuessLimiter(FileName, _clock);
        var owner = new DoorClient("192.0.2.1", "192.0.2.1");
        var attackers = Enumerable.Range(1, 20).Select(Client).ToList();
        var begun = _clock.GetUtcNow();
        var times = new List<TimeSpan>();
        var longestWait = TimeSpan.Zero;

        // Each client tries again as soon as it may.
        var next = attackers.ToDictionary(client => client, _ => begun);
        while (times.Count < 1000)
        {
            var (client, at) = next.MinBy(pair => pair.Value);
            _clock.Now = at > _clock.Now ? at : _clock.Now;
            var permit = limiter.Ask("jane@example.com", client);
            if (permit.Allowed)
            {
                times.Add(_clock.Now + permit.Wait - begun);
            }

            next[client] = _clock.Now + permit.Wait + TimeSpan.FromMilliseconds(1);

            // The owner comes after each of them, has not been here before, and is right.
            var owners = limiter.Ask("jane@example.com", owner);
            Assert.True(owners.Allowed);
            longestWait = owners.Wait > longestWait ? owners.Wait : longestWait;
            limiter.Forgive("jane@example.com", owner, wasRight: true);
        }

        Assert.Equal(GuessLimits.Patience, longestWait);
        Assert.Equal(TimeSpan.FromSeconds(8), longestWait);

        // The first hundred take minutes, the last hundred more than an hour: 15 minutes for each client's next guess.
        var first = times[100];
        var last = times[^1] - times[^101];
        Assert.True(first < TimeSpan.FromMinutes(10), first.ToString());
        Assert.True(last > TimeSpan.FromHours(1), last.ToString());
        Assert.True(times[^1] > TimeSpan.FromHours(9), times[^1].ToString());
    }

    [Fact]
    public void Delays_double_up_to_what_the_page_says()
    {
        Assert.Equal([0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900], Enumerable.Range(0, 14).Select(guesses => GuessLimits.Pair.DelayAfter(guesses).TotalSeconds));
        Assert.Equal([0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 8], Enumerable.Range(0, 11).Select(guesses => GuessLimits.Mailbox.DelayAfter(guesses).TotalSeconds));
    }

    [Fact]
    public void Guesses_at_once_are_no_faster_than_one_by_one()
    {
        var limiter = new GuessLimiter(FileName, _clock);
        var permits = Enumerable.Range(0, 200).Select(_ => limiter.Ask("jane@example.com", Client(1))).ToList();
        Assert.Equal([0, 0, 0, 2, 6], permits.Where(permit => permit.Allowed).Select(permit => permit.Wait.TotalSeconds));
    }

    [Fact]
    public void One_client_at_many_mailboxes_slows_down()
    {
        var limiter = new GuessLimiter(FileName, _clock);
        var began = _clock.Now;
        for (var tried = 0; tried < 1000;)
        {
            var permit = limiter.Ask($"user{tried}@example.com", Client(1));
            _clock.Now += permit.Wait;
            if (permit.Allowed)
            {
                tried++;
                limiter.Blame(Client(1));
            }
        }

        // One in four seconds, once it is at its slowest.
        Assert.InRange(_clock.Now - began, TimeSpan.FromSeconds(970 * 4), TimeSpan.FromSeconds(1000 * 4));
        Assert.Equal(TimeSpan.Zero, limiter.Ask("user5@example.com", Client(2)).Wait);
    }

    [Fact]
    public void Mistake_does_not_let_a_client_overtake_its_own_queue()
    {
        var limiter = new GuessLimiter(FileName, _clock);
        for (var i = 0; i < 21; i++)
        {
            limiter.Blame(Client(1));
        }

        Assert.Equal([0.5, 1], Enumerable.Range(0, 2).Select(i => limiter.Ask($"user{i}@example.com", Client(1)).Wait.TotalSeconds));
        limiter.Blame(Client(1));
        Assert.Equal(2, limiter.Ask("user2@example.com", Client(1)).Wait.TotalSeconds);
    }

    [Fact]
    public void Many_owners_of_one_webmail_do_not_wait()
    {
        var limiter = new GuessLimiter(FileName, _clock);
        Assert.All(Enumerable.Range(0, 500), i => Assert.Equal((true, TimeSpan.Zero), (limiter.Ask($"user{i}@example.com", Client(1)) is var permit && permit.Allowed, permit.Wait)));
    }

    [Fact]
    public void Right_password_forgives_earlier_mistakes()
    {
        var limiter = new GuessLimiter(FileName, _clock);
        for (var i = 0; i < 3; i++)
        {
            limiter.Ask("jane@example.com", Client(1));
        }

        _clock.Now += limiter.Ask("jane@example.com", Client(1)).Wait;
        limiter.Forgive("jane@example.com", Client(1), wasRight: true);
        Assert.Equal(TimeSpan.Zero, limiter.Ask("jane@example.com", Client(1)).Wait);
    }

    [Fact]
    public void Guesses_are_forgotten_by_and_by()
    {
        var limiter = new GuessLimiter(FileName, _clock);
        for (var i = 0; i < 3; i++)
        {
            limiter.Ask("jane@example.com", Client(1));
        }

        _clock.Now += TimeSpan.FromHours(2);
        Assert.Equal((true, TimeSpan.Zero, 0), (limiter.Ask("jane@example.com", Client(1)) is var permit ? permit.Allowed : false, permit.Wait, permit.Guesses));
    }

    [Fact]
    public void Restart_forgets_nothing_and_processes_share()
    {
        for (var i = 0; i < 8; i++)
        {
            new GuessLimiter(FileName, _clock).Ask("jane@example.com", Client(1));
        }

        Assert.False(new GuessLimiter(FileName, _clock).Ask("jane@example.com", Client(1)).Allowed);
    }

    [Fact]
    public async Task Many_at_once_are_all_counted()
    {
        var first = new GuessLimiter(FileName, _clock);
        var second = new GuessLimiter(FileName, _clock);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => (i % 2 == 0 ? first : second).Ask("jane@example.com", Client(i)))));
        Assert.Equal(TimeSpan.FromSeconds(8), first.Ask("jane@example.com", Client(1000)).Wait);
        Assert.Equal(1, first.Ask("jane@example.com", Client(1000)).Guesses);
    }

    [Fact]
    public void File_does_not_grow_with_ten_thousand_attackers()
    {
        var limiter = new GuessLimiter(FileName, _clock);
        for (var i = 0; i < 20; i++)
        {
            _clock.Now += limiter.Ask("jane@example.com", Client(1)).Wait;
        }

        var size = new FileInfo(FileName).Length;
        for (var i = 2; i < 10_002; i++)
        {
            limiter.Ask($"user{i % 7000}@example.com", Client(i));
        }

        Assert.Equal(size, new FileInfo(FileName).Length);
        Assert.True(size < 4 << 20);

        // The client with the most guesses is not forgotten.
        Assert.False(limiter.Ask("jane@example.com", Client(1)).Allowed);
    }

    [Fact]
    public void File_is_private_and_names_no_mailbox()
    {
        new GuessLimiter(FileName, _clock).Ask("jane@example.com", Client(1));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FileName));
        }

        Assert.DoesNotContain("jane", File.ReadAllText(FileName), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Damaged_file_is_created_again()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FileName)!);
        File.WriteAllText(FileName, "something else");
        Assert.True(new GuessLimiter(FileName, _clock).Ask("jane@example.com", Client(1)).Allowed);
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7", "192.0.2.8", false)]
    [InlineData("2001:db8:1:2:3::4", "2001:db8:1:2:ffff::1", "2001:db8:1:3::1", false)]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7", "::1", false)]
    public void Clients_count_by_address_or_network(string one, string same, string other, bool isSame)
    {
        Assert.Equal(DoorClient.At(IPAddress.Parse(one)).Key, DoorClient.At(IPAddress.Parse(same)).Key);
        Assert.Equal(isSame, DoorClient.At(IPAddress.Parse(one)).Key == DoorClient.At(IPAddress.Parse(other)).Key);
    }

    private static DoorClient Client(int number) => new($"client {number}", $"client {number}");

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
