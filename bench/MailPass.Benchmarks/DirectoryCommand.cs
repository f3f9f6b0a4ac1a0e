using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailPass.Lab.Directories;
using MailPass.Lab.Processes;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Benchmarks;

/// <summary>
/// 20,000 people on a real slapd that flushes what it writes: a whole reset with SSHA512 by the real program, and the store
/// alone with prepared hashes, both by default and with transactions, against OpenLDAP's <c>ldapmodify</c>, which gets
/// the same changes as LDIF, one operation per entry on one connection.
/// </summary>
internal sealed class DirectoryCommand : IBenchCommand
{
    private const int Mailboxes = 20_000;

    private const string Transactions = "transactions";

    public string Name => "directory";

    public string Summary => "20,000 hashes into OpenLDAP, whole reset and store alone, against ldapmodify (--rounds N; --nosync: slapd does not flush)";

    public async Task<int> RunAsync(string[] arguments)
    {
        var rounds = Array.IndexOf(arguments, "--rounds") is >= 0 and var at && at + 1 < arguments.Length ? int.Parse(arguments[at + 1], CultureInfo.InvariantCulture) : 3;
        try
        {
            await using var server = await DirectoryServer.StartAsync(new DirectorySetup { Ldif = People(), IsDurable = !arguments.Contains("--nosync") });
            await using var store = await OpenAsync();
            await using var transacting = await OpenAsync(Transactions);
            var rows = new Dictionary<string, List<double>>();
            for (var round = 0; round < rounds; round++)
            {
                var single = await LdapModifyAsync(server, store);
                Note("ldapmodify, one operation per entry", single);
                await TakeAsync("by default", store);
                await TakeAsync("with transactions", transacting, Transactions);

                async Task TakeAsync(string how, IMailboxStore taken, params string[] options)
                {
                    var alone = await StoreAsync(taken);
                    var whole = await ResetAsync(server, options);
                    Note($"the store {how}", alone);
                    Note($"whole reset {how}, start-up included", whole);
                    Note($"the store {how} / ldapmodify", alone / single);
                    Note($"whole reset {how} / ldapmodify", whole / single);
                }
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"slapd, {Mailboxes:N0} mailboxes, {store.Info.BatchSize:N0} changes per batch; mailboxes per second, median of {rounds} rounds."));
            foreach (var (name, values) in rows)
            {
                values.Sort();
                var format = values[^1] < 100 ? "0.00" : "N0";
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-52} {values[values.Count / 2].ToString(format, CultureInfo.InvariantCulture),9}   ({values[0].ToString(format, CultureInfo.InvariantCulture)} to {values[^1].ToString(format, CultureInfo.InvariantCulture)})"));
            }

            Figures.Keep("directory", rows["whole reset by default / ldapmodify"]);
            Figures.Keep("directory-transactions", rows["whole reset with transactions / ldapmodify"]);
            return 0;

            async Task<IMailboxStore> OpenAsync(params string[] options)
            {
                using var password = Secret.FromChars(DirectoryServer.ManagerPassword);
                return await MailStore.OpenAsync(StoreLocation.Parse(server.Location), new StoreOpenOptions { Password = password, SchemaOptions = options });
            }

            void Note(string name, double value) => (rows.TryGetValue(name, out var values) ? values : rows[name] = []).Add(value);
        }
        catch (LabUnavailableException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static string Address(int i) => string.Create(CultureInfo.InvariantCulture, $"user{i}@alpha.example");

    private static string Hash() => "{SSHA512}" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(72));

    private static string People()
    {
        var ldif = new StringBuilder();
        for (var i = 0; i < Mailboxes; i++)
        {
            ldif.Append(CultureInfo.InvariantCulture, $"dn: mail={Address(i)},ou=people,{DirectoryServer.Base}\nobjectClass: inetOrgPerson\ncn: Person {i}\nsn: {i}\nmail: {Address(i)}\nuserPassword: {Hash()}\n\n");
        }

        return ldif.ToString();
    }

    private static async Task<List<HashWrite>> ReadAsync(IMailboxStore store)
    {
        var writes = new List<HashWrite>(Mailboxes);
        await foreach (var account in store.ListAsync(new MailboxQuery(), CancellationToken.None))
        {
            writes.Add(new HashWrite { Account = account, NewHash = Hash(), Time = DateTimeOffset.UtcNow });
        }

        return writes;
    }

    private static async Task<double> StoreAsync(IMailboxStore store)
    {
        var batches = (await ReadAsync(store)).Chunk(store.Info.BatchSize).ToArray();
        var clock = Stopwatch.StartNew();
        foreach (var batch in batches)
        {
            if ((await store.WriteAsync(batch, CancellationToken.None)).Any(outcome => outcome.Status is not WriteStatus.Written))
            {
                throw new InvalidOperationException("A hash was not written.");
            }
        }

        return Mailboxes / clock.Elapsed.TotalSeconds;
    }

    private static async Task<double> LdapModifyAsync(DirectoryServer server, IMailboxStore store)
    {
        var ldif = new StringBuilder();
        foreach (var write in await ReadAsync(store))
        {
            ldif.Append(CultureInfo.InvariantCulture, $"dn: {write.Account.StoreKey}\nchangetype: modify\ndelete: userPassword\nuserPassword: {write.Account.PasswordHash}\n-\nadd: userPassword\nuserPassword: {write.NewHash}\n-\n\n");
        }

        var text = ldif.ToString();
        var clock = Stopwatch.StartNew();
        await server.ModifyAsync(text);
        return Mailboxes / clock.Elapsed.TotalSeconds;
    }

    private static async Task<double> ResetAsync(DirectoryServer server, string[] options)
    {
        using var folder = new LabFolder("reset");
        var (seconds, _) = await MailPassProgram.RunAsync(["reset", "--store", server.Location, "--domain", "alpha.example", "--scheme", "SSHA512", "--out", folder.At("new.csv"), "--yes", .. options.SelectMany(option => (string[])["--schema-option", option])], DirectoryServer.ManagerPassword);
        return Mailboxes / seconds;
    }
}
