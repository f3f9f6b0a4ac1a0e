using BenchmarkDotNet.Attributes;
using MailPass.Hashing;
using MailPass.Secrets;

namespace MailPass.Benchmarks;

/// <summary>Time and allocations of a batch of 64 passwords of 16 characters in each scheme.</summary>
[MemoryDiagnoser]
public class SchemeBenchmarks
{
    private const int Count = 64;
    private readonly BatchHasher _hasher = new();
    private HashJob[] _jobs = [];

    /// <summary>The scheme; slow ones with a low cost, so that the measurement ends.</summary>
    [Params("SHA512-CRYPT", "SHA256-CRYPT", "BLF-CRYPT:5", "SSHA512", "SSHA256", "PBKDF2:1000", "SCRAM-SHA-256")]
    public string Scheme { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var parts = Scheme.Split(':');
        var settings = PasswordSchemes.Parse(parts[0], parts.Length > 1 ? int.Parse(parts[1]) : null);
        _jobs = [.. Enumerable.Range(0, Count).Select(i => new HashJob(Secret.FromChars($"Corr3ct!horse,{i:00}"), settings))];
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        Array.ForEach(_jobs, job => job.Password.Dispose());
        _hasher.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public int Hash() => _hasher.Hash(_jobs).Count;
}
