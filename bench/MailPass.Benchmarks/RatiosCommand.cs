using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using MailPass.Hashing;
using MailPass.Hashing.Primitives;
using MailPass.Secrets;

namespace MailPass.Benchmarks;

/// <summary>
/// Every scheme and every instruction set against the library that a mail server has, in one run on one core.
/// Options: a part of a row's name to run only those; <c>--rounds N</c> (15), <c>--slice MILLISECONDS</c> of processor time (80).
/// </summary>
internal sealed class RatiosCommand : IBenchCommand
{
    private const string Text = "Corr3ct!horse,16";
    private const string Salt16 = "ZLmv9qL1Hl2fCuP0";
    private static readonly byte[] Password = Encoding.ASCII.GetBytes(Text + "\0");

    // Whole hashes, from password to text, as in a run: docs/performance.md shows these.
    private static readonly Dictionary<(string Ours, string Theirs), string> Kept = new()
    {
        [("SHA512-CRYPT, batch of 64", "libxcrypt $6$")] = "sha512-crypt",
        [("SHA256-CRYPT, batch of 64", "libxcrypt $5$")] = "sha256-crypt",
        [("BLF-CRYPT 10, batch of 4", "libxcrypt $2y$10$")] = "blf-crypt",
        [("ARGON2ID, batch of 2", "libargon2")] = "argon2id",
        [("SSHA512, batch of 1024", "one SHA512.HashData")] = "ssha512",
        [("SCRAM-SHA-256, batch of 64", "Rfc2898DeriveBytes")] = "scram",
    };

    public string Name => "ratios";

    public string Summary => "hash rates as ratios to libxcrypt, libargon2 and libsodium, by turns on one core";

    public Task<int> RunAsync(string[] arguments)
    {
        var rounds = Option(arguments, "--rounds", 15);
        var slice = TimeSpan.FromMilliseconds(Option(arguments, "--slice", 80));
        var wanted = arguments.FirstOrDefault(a => !a.StartsWith('-') && !int.TryParse(a, out _));

        Contest.PinToOneCore();
        Console.WriteLine($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores, pinned to one");
        Console.WriteLine($"AVX-512 {Avx512F.IsSupported}, AVX2 {Avx2.IsSupported}, BMI2 {Bmi2.X64.IsSupported}; {rounds} pairs of {slice.TotalMilliseconds:0} ms; password and salt of 16 characters");
        Console.WriteLine($"{"ours",-34} {"reference",-22} {"ours/s",12} {"reference/s",12} {"ratio",7}  least to greatest");
        foreach (var (ours, theirs) in Pairs())
        {
            if (wanted is not null && !ours.Name.Contains(wanted, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var result = Contest.Run(ours, theirs, rounds, slice);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{ours.Name,-34} {theirs.Name,-22} {result.Ours,12:N1} {result.Theirs,12:N1} {result.Median,7:0.00}  {result.Least:0.00} to {result.Greatest:0.00}"));
            if (Kept.TryGetValue((ours.Name, theirs.Name), out var figure))
            {
                Figures.Keep(figure, result.Median, result.Least, result.Greatest);
            }
        }

        return Task.FromResult(0);
    }

    private static IEnumerable<(Contest.Contestant Ours, Contest.Contestant Theirs)> Pairs()
    {
        if (NativeHashes.HasLibXcrypt)
        {
            foreach (var (scheme, id, paths) in new[] { ("SHA512-CRYPT", "$6$", ShaCryptPaths.Sha512), ("SHA256-CRYPT", "$5$", ShaCryptPaths.Sha256) })
            {
                var theirs = new Contest.Contestant($"libxcrypt {id}", () => CryptOnce(id + Salt16));
                foreach (var path in paths.All.Where(p => p.IsSupported))
                {
                    yield return (new($"{scheme} {path.Name}", ShaCrypt(path, scheme == "SHA512-CRYPT" ? 64 : 32)), theirs);
                }

                yield return (Whole(new HashSettings(scheme), 64), theirs);
            }

            var bcrypt = new Contest.Contestant("libxcrypt $2y$10$", () => CryptOnce("$2y$10$CCCCCCCCCCCCCCCCCCCCC."));
            foreach (var path in BcryptPaths.All.Where(p => p.IsSupported))
            {
                yield return (new($"BLF-CRYPT 10 {path.Name}", BcryptOf(path.Compute)), bcrypt);
            }

            yield return (new("BLF-CRYPT 10 alone", BcryptOf((in HashBatch batch, int first, int count, int cost) => Bcrypt.ComputeOne(batch, first, cost), 1)), bcrypt);
            yield return (Whole(new HashSettings("BLF-CRYPT", 10), 4), bcrypt);
        }

        var salt = Encoding.ASCII.GetBytes(Salt16);
        var tag = new byte[32];
        var argon2 = Whole(new HashSettings("ARGON2ID"), 2);
        if (NativeHashes.HasLibArgon2)
        {
            yield return (argon2, new("libargon2", () => { NativeHashes.Argon2(Password, 16, salt, 3, 65536, tag); return 1; }));
        }

        if (NativeHashes.HasLibSodium)
        {
            yield return (argon2, new("libsodium", () => { NativeHashes.Sodium(Password, 16, salt, 3, 65536, tag); return 1; }));
        }

        var platform = new byte[64];
        foreach (var name in new[] { "SSHA512", "SSHA256" })
        {
            yield return (Whole(new HashSettings(name), 1024), new("one SHA512.HashData", () =>
            {
                for (var i = 0; i < 1024; i++)
                {
                    SHA512.HashData(Password, platform);
                }

                return 1024;
            }));
        }

        var derived = new byte[32];
        yield return (Whole(new HashSettings("SCRAM-SHA-256"), 64), new("Rfc2898DeriveBytes", () =>
        {
            Rfc2898DeriveBytes.Pbkdf2(Password.AsSpan(0, 16), salt, derived, 4096, HashAlgorithmName.SHA256);
            return 1;
        }));
        yield return (Whole(new HashSettings("PBKDF2", 5000), 64), new("Rfc2898DeriveBytes", () =>
        {
            Rfc2898DeriveBytes.Pbkdf2(Password.AsSpan(0, 16), salt, derived.AsSpan(0, 20), 5000, HashAlgorithmName.SHA1);
            return 1;
        }));
    }

    // The computation alone, as the batch hasher calls it.
    private static Func<int> ShaCrypt(ShaCryptPath path, int digestLength)
    {
        var members = Enumerable.Range(0, path.Capacity).ToArray();
        var passwords = members.Select(_ => Secret.FromChars(Text)).ToArray();
        var salts = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Salt16, path.Capacity)));
        var digests = new byte[path.Capacity * digestLength];
        return () =>
        {
            path.Compute(new HashBatch(passwords, salts, Salt16.Length, digests, digestLength), members, 5000);
            return path.Capacity;
        };
    }

    private static Func<int> BcryptOf(BcryptCompute compute, int count = BcryptPaths.Instances)
    {
        var passwords = Enumerable.Range(0, count).Select(_ => Secret.FromChars(Text)).ToArray();
        var (salts, digests) = (new byte[count * Bcrypt.SaltBytes], new byte[count * Bcrypt.DigestBytes]);
        return () =>
        {
            compute(new HashBatch(passwords, salts, Bcrypt.SaltBytes, digests, Bcrypt.DigestBytes), 0, count, 10);
            return count;
        };
    }

    // From passwords to text, through the batch hasher.
    private static Contest.Contestant Whole(HashSettings settings, int count)
    {
        var hasher = new BatchHasher();
        var jobs = Enumerable.Range(0, count).Select(_ => new HashJob(Secret.FromChars(Text), settings)).ToArray();
        return new($"{settings.Scheme}{(settings.Cost is { } cost ? $" {cost}" : "")}, batch of {count}", () => hasher.Hash(jobs).Count);
    }

    private static int CryptOnce(string setting)
    {
        NativeHashes.Crypt(Password, setting);
        return 1;
    }

    private static int Option(string[] arguments, string name, int fallback)
    {
        var at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length && int.TryParse(arguments[at + 1], out var value) ? value : fallback;
    }
}
