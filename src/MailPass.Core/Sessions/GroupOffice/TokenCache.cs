using MailPass.Sessions.Sql;

namespace MailPass.Sessions.GroupOffice;

/// <summary>
/// Group-Office's cache of sessions' tokens, which it trusts without reading the table: in PHP's memory (APCu, the default if PHP
/// has it), in Memcached or on disk.
/// </summary>
internal sealed class TokenCache(GroupOfficeOptions options, GroupOfficeSite? site)
{
    private const string InMemory = "The tokens are deleted, but Group-Office believes them from its cache until that is emptied: reload PHP-FPM (APCu), or flush Memcached. DAV and ActiveSync take a user's old password for up to a minute.";

    private const string PerhapsInMemory = "The tokens are deleted, but not all of them had an entry in the disk cache that could be removed. Where Group-Office caches in memory after all (APCu, the default where PHP has it), it believes them until PHP-FPM is reloaded.";

    // A request that was under way may write an entry back, so the files are searched more than once.
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(200);

    private readonly AfterRevoke _afterRevoke = new(options.AfterRevoke, string.Empty);

    /// <summary>Removes tokens whose rows were deleted from the cache.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="siteFault">Why Group-Office itself could not end their sessions.</param>
    /// <returns>Those that may still be in it, each with the reason.</returns>
    public async Task<Dictionary<string, string>> StillInAsync(IReadOnlyCollection<string> tokens, string? siteFault)
    {
        var left = site is not null ? await AskAsync(site, tokens, siteFault).ConfigureAwait(false)
            : options.DiskCacheFolder is { } folder ? await EvictAsync(folder, tokens).ConfigureAwait(false)
            : tokens.ToDictionary(token => token, _ => InMemory);
        if (left.Count == 0 || options.AfterRevoke.Count == 0)
        {
            return left;
        }

        var fault = await _afterRevoke.FaultAsync().ConfigureAwait(false);
        return fault is not null ? left.ToDictionary(pair => pair.Key, pair => $"{pair.Value} {fault}")
            : site is not null && siteFault is null ? await AskAsync(site, left.Keys, siteFault: null).ConfigureAwait(false)
            : [];
    }

    private static async Task<Dictionary<string, string>> AskAsync(GroupOfficeSite site, IReadOnlyCollection<string> tokens, string? siteFault)
    {
        if (siteFault is not null)
        {
            return tokens.ToDictionary(token => token, _ => $"The tokens are deleted, but Group-Office could not be asked to forget them: {siteFault}");
        }

        var left = await site.StillInAsync(tokens).ConfigureAwait(false);
        if (tokens.Count > 0)
        {
            await Task.Delay(SettleTime).ConfigureAwait(false);
            foreach (var (token, reason) in await site.StillInAsync(tokens).ConfigureAwait(false))
            {
                left[token] = reason;
            }
        }

        return left;
    }

    private static async Task<Dictionary<string, string>> EvictAsync(string folder, IReadOnlyCollection<string> tokens)
    {
        var evicted = new HashSet<string>(tokens.Where(token => TryEvict(folder, token)), StringComparer.Ordinal);
        if (evicted.Count > 0)
        {
            await Task.Delay(SettleTime).ConfigureAwait(false);
            foreach (var token in evicted)
            {
                TryEvict(folder, token);
            }
        }

        // Without an entry, either the token was not used since the cache was emptied, or the cache is in memory after all. MailPass
        // cannot tell which.
        return tokens.Where(token => !evicted.Contains(token) || File.Exists(FileOf(folder, token))).ToDictionary(token => token, _ => PerhapsInMemory);
    }

    private static bool TryEvict(string folder, string token)
    {
        if (!GroupOfficeSite.PlainToken().IsMatch(token) || !File.Exists(FileOf(folder, token)))
        {
            return false;
        }

        try
        {
            File.Delete(FileOf(folder, token));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string FileOf(string folder, string token) => Path.Combine(folder, "cache", "disk", "token-" + token);
}
