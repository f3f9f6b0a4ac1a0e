using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using MailPass.Lab.Mail;
using MailPass.Lab.Processes;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Sessions.Dovecot;

namespace MailPass.Benchmarks;

/// <summary>
/// Logs 10,000 mailboxes, of which 100 have a live session, out of a real Dovecot: by MailPass in batches, and as a script
/// would, one request with a flush and a kick for each mailbox. The same receipts must come out.
/// </summary>
internal sealed class SessionsCommand : IBenchCommand
{
    private const int Mailboxes = 10_000;
    private const int EverySession = 100;
    private const int Rounds = 3;

    public string Name => "sessions";

    public string Summary => "10,000 mailboxes logged out of a real Dovecot, against one flush and one kick per mailbox (--full: all of them, minutes per round; --rounds N)";

    public async Task<int> RunAsync(string[] arguments)
    {
        // One by one, a twentieth of the mailboxes is enough for the rate; their receipts are compared all the same.
        var sample = arguments.Contains("--full") ? Mailboxes : Mailboxes / 20;
        var names = Enumerable.Range(0, Mailboxes).Select(i => $"mailbox{i:00000}@example.org").ToList();
        var mailboxes = names.ConvertAll(MailboxAddress.Parse);
        var rounds = Array.IndexOf(arguments, "--rounds") is >= 0 and var at ? int.Parse(arguments[at + 1], System.Globalization.CultureInfo.InvariantCulture) : Rounds;
        await using var logins = await LoginTable.CreateAsync(names.Select(name => (name, "password")));
        DovecotServer server;
        try
        {
            server = await DovecotServer.StartAsync(logins.Setup);
        }
        catch (LabUnavailableException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }

        await using var _ = server;
        var options = new DovecotOptions();
        await using var authority = Connect(server, options);
        using var requests = new RequestsInFlight(server.DoveadmPort);
        Console.WriteLine($"Dovecot {server.Version}. {Mailboxes:n0} mailboxes, {Mailboxes / EverySession} of them logged in; one by one: {sample:n0} mailboxes. Medians of {rounds} interleaved rounds.");

        var batched = new List<double>();
        var single = new List<double>();
        var equal = true;
        var most = 0L;
        for (var round = 0; round < rounds; round++)
        {
            var connections = await LogInAsync(server, names.Take(sample));
            var clock = Stopwatch.StartNew();
            var expected = await OneByOneAsync(server, names.Take(sample));
            single.Add(sample / clock.Elapsed.TotalSeconds);
            connections.ForEach(connection => connection.Dispose());

            connections = await LogInAsync(server, names);
            requests.Restart();
            clock.Restart();
            var receipts = await authority.RevokeAsync(mailboxes);
            batched.Add(Mailboxes / clock.Elapsed.TotalSeconds);
            most = Math.Max(most, requests.Most);
            equal &= expected.SequenceEqual(receipts.Take(sample).Select(receipt => receipt.Status))
                && receipts.Count(receipt => receipt.Status == ReceiptStatus.Revoked) == Mailboxes / EverySession
                && (await Task.WhenAll(connections.Select(connection => connection.IsAliveAsync()))).All(alive => !alive);
            connections.ForEach(connection => connection.Dispose());
            Console.WriteLine($"  round {round + 1}: one by one {single[^1],9:n0}/s   MailPass {batched[^1],9:n0}/s   ratio {batched[^1] / single[^1],6:n0}");
        }

        Console.WriteLine($"one by one {Median(single):n0} mailboxes/s, MailPass {Median(batched):n0} mailboxes/s, ratio {Median([.. batched.Zip(single, (b, s) => b / s)]):n0}; receipts {(equal ? "equal" : "DIFFER")}; at most {most} requests in flight, {options.MaxRequestsInFlight} allowed");
        Figures.Keep("sessions", [.. batched.Zip(single, (b, s) => b / s)]);
        return equal && most > 0 && most <= options.MaxRequestsInFlight ? 0 : 1;
    }

    private static DovecotAuthority Connect(DovecotServer server, DovecotOptions options)
    {
        using var key = Secret.FromChars(server.DoveadmApiKey);
        using var credential = DovecotCredential.ApiKey(key);
        return DovecotAuthority.Connect(new Uri($"http://localhost:{server.DoveadmPort}"), credential, options);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static async Task<List<ImapConnection>> LogInAsync(DovecotServer server, IEnumerable<string> names)
    {
        var connections = new List<ImapConnection>();
        foreach (var name in names.Where((_, i) => i % EverySession == 0))
        {
            connections.Add(await server.LoginAsync(name, "password"));
        }

        return connections;
    }

    private static async Task<List<ReceiptStatus>> OneByOneAsync(DovecotServer server, IEnumerable<string> names)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "X-Dovecot-API " + Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(server.DoveadmApiKey)));
        var receipts = new List<ReceiptStatus>();
        foreach (var name in names)
        {
            using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes<object[]>(
            [
                new object[] { "authCacheFlush", new { user = new[] { name } }, "f" },
                new object[] { "kick", new { mask = new[] { name } }, "k" },
            ]));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await client.PostAsync(new Uri($"http://localhost:{server.DoveadmPort}/doveadm/v1"), content);
            using var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
            receipts.Add(answer.RootElement[1][0].GetString() == "doveadmResponse" ? ReceiptStatus.Revoked : ReceiptStatus.NoneFound);
        }

        return receipts;
    }
}
