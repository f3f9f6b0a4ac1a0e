using System.Formats.Asn1;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MailPass.Stores.Ldap.Protocol;

namespace MailPass.Stores.Ldap;

/// <summary>Streams a search's entries page by page (RFC 2696), on a connection of its own.</summary>
/// <param name="server">The server.</param>
/// <param name="baseDn">The entry below which to search.</param>
internal sealed class LdapListing(LdapServer server, string baseDn)
{
    /// <summary>The control of paged results.</summary>
    public const string PagedResults = "1.2.840.113556.1.4.319";

    private const int PageSize = 1000;

    /// <summary>The entries that fit, in the server's order, each once.</summary>
    /// <remarks>
    /// When its connection breaks, a server forgets the position of a listing. The search is then begun again and skips the entries that
    /// it has returned already; it keeps sixteen bytes per entry for that.
    /// </remarks>
    /// <param name="filter">Which ones.</param>
    /// <param name="attributes">Their attributes.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async IAsyncEnumerable<LdapEntry> ReadAsync(LdapFilter filter, IReadOnlyCollection<string> attributes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var told = new HashSet<UInt128>();
        LdapConnection? connection = null;
        try
        {
            var cookie = Array.Empty<byte>();
            do
            {
                var answer = await server.RepeatAsync(async () =>
                {
                    if (connection is not { IsAlive: true })
                    {
                        if (connection is not null)
                        {
                            await connection.DisposeAsync().ConfigureAwait(false);
                        }

                        cookie = [];
                        connection = null;
                        connection = await server.ConnectAsync(cancellationToken).ConfigureAwait(false);
                    }

                    return await connection.SendAsync(LdapRequests.Search(baseDn, LdapScope.Subtree, filter, attributes), server.Limit, cancellationToken, Page(cookie)).ConfigureAwait(false);
                }, cancellationToken).ConfigureAwait(false);
                server.Require(answer, "to list mailboxes");
                cookie = CookieOf(answer);
                foreach (var entry in answer.Entries)
                {
                    if (told.Add(MarkOf(entry.Dn)))
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        yield return entry;
                    }
                }
            }
            while (cookie.Length > 0);
        }
        finally
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>A digest of a text in sixteen bytes, so that two texts do not share it.</summary>
    public static UInt128 MarkOf(string text)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), digest);
        return MemoryMarshal.Read<UInt128>(digest);
    }

    // Critical: a server that ignored it would stop silently at its limit, and a mailbox that is not listed is not reset.
    private static LdapControl Page(byte[] cookie) => new(PagedResults, IsCritical: true, LdapRequests.Value(writer =>
    {
        using (writer.PushSequence())
        {
            writer.WriteInteger(PageSize);
            writer.WriteOctetString(cookie);
        }
    }));

    private static byte[] CookieOf(LdapAnswer answer)
    {
        if (answer.ControlValue(PagedResults) is not { } value)
        {
            return [];
        }

        var reader = new AsnReader(value, AsnEncodingRules.BER).ReadSequence();
        _ = reader.ReadInteger();
        return reader.ReadOctetString();
    }
}
