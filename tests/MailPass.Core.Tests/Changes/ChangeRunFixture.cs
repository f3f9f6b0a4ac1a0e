using MailPass.Changes;
using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Policy;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Changes;

/// <summary>A run over a store in memory, and short ways to ask and to judge it.</summary>
public abstract class ChangeRunFixture
{
    private protected static readonly HashSettings _fast = new("SSHA512");
    private protected readonly MemoryStore _store = new();

    private protected static readonly ChangeRunOptions _options = new() { Settings = _fast, Generator = new PasswordGenerator(PasswordPolicy.Default), HashingThreads = 2 };

    private protected static ChangeRequest Request(string identity, string? password = null, string? current = null) => new()
    {
        Identity = identity,
        Password = password is null ? null : Secret.FromChars(password),
        CurrentPassword = current is null ? null : Secret.FromChars(current),
    };

    private protected static IEnumerable<ChangeRequest> Reset(int count) => Enumerable.Range(0, count).Select(i => Request($"user{i}@example.com"));

    private protected static string Hash(string password, HashSettings? settings = null)
    {
        using var secret = Secret.FromChars(password);
        settings ??= _fast;
        return PasswordSchemes.Prefix(settings) + new BatchHasher().Hash([new HashJob(secret, settings)])[0];
    }

    private protected static async IAsyncEnumerable<ChangeRequest> Source(IEnumerable<ChangeRequest> requests)
    {
        await Task.Yield();
        foreach (var request in requests)
        {
            yield return request;
        }
    }

    private protected static Task CollectAsync(ChangeRun run, IEnumerable<ChangeRequest> requests, List<ChangeResult> results) =>
        CollectAsync(run, Source(requests), results);

    private protected static async Task CollectAsync(ChangeRun run, IAsyncEnumerable<ChangeRequest> requests, List<ChangeResult> results, CancellationToken stop = default)
    {
        await foreach (var result in run.ExecuteAsync(requests, stop))
        {
            results.Add(result);
        }
    }

    private protected bool Verifies(string mailbox, string password)
    {
        using var secret = Secret.FromChars(password);
        return StoredHash.Parse(_store.HashOf(mailbox)!).Verify(secret);
    }

    private protected void Fill(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _store.Add($"user{i}@example.com", "{SSHA512}before");
        }
    }

    private protected async Task<List<ChangeResult>> RunAsync(IEnumerable<ChangeRequest> requests, ChangeRunOptions? options = null, MemoryStore? store = null)
    {
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(store ?? _store, options ?? _options);
        await CollectAsync(run, Source(requests), results);
        return results;
    }
}
