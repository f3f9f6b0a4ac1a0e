using System.Formats.Asn1;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MailPass.Stores.Ldap.Protocol;

namespace MailPass.Core.Tests.Stores.Ldap;

/// <summary>A directory on 127.0.0.1 whose answers a test decides, for answers that a real one does not give.</summary>
internal sealed class ScriptedDirectory : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<int, LdapResultCode?> _modify;
    private readonly string[] _capabilities;
    private readonly string[] _extensions;

    /// <summary>Begins to listen.</summary>
    /// <param name="modify">The answer to the modification of this number, from 1; <see langword="null"/> for none at all.</param>
    /// <param name="capabilities">What it says of itself.</param>
    /// <param name="extensions">The extended operations that it says it knows; it answers each with success.</param>
    public ScriptedDirectory(Func<int, LdapResultCode?> modify, string[]? capabilities = null, string[]? extensions = null)
    {
        _modify = modify;
        _capabilities = capabilities ?? [];
        _extensions = extensions ?? [];
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Location => $"ldap://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/dc=x";

    public int Modifications { get; private set; }

    /// <summary>The answer to a login.</summary>
    public LdapResultCode Bind { get; init; } = LdapResultCode.Success;

    /// <summary>The hashes that it received, by the entries' names; those in a transaction are never written.</summary>
    public Dictionary<string, string> Hashes { get; } = [];

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            var buffer = new byte[64 * 1024];
            var end = 0;
            int read;
            while ((read = await stream.ReadAsync(buffer.AsMemory(end))) > 0)
            {
                end += read;
                int length;
                while ((length = LdapReplies.LengthOf(buffer.AsSpan(0, end))) > 0 && length <= end)
                {
                    foreach (var answer in Answers(buffer.AsMemory(0, length)))
                    {
                        await stream.WriteAsync(answer);
                    }

                    buffer.AsSpan(length..end).CopyTo(buffer);
                    end -= length;
                }
            }
        }
    }

    private List<byte[]> Answers(ReadOnlyMemory<byte> message)
    {
        var (id, operation, content) = LdapReplies.Open(message);
        switch (operation)
        {
            case 0:
                return [Result(id, 1, Bind)];
            case 3:
                var dn = Encoding.UTF8.GetString(content.ReadSequence(LdapRequests.Application(3)).ReadOctetString());
                var entry = dn.Length == 0
                    ? Entry(id, string.Empty, ("supportedCapabilities", _capabilities), ("supportedExtension", _extensions), ("namingContexts", ["dc=x"]))
                    : Entry(id, "cn=anna,dc=x", ("mail", ["anna@alpha.example"]), ("objectClass", ["inetOrgPerson"]), ("userPassword", [Hashes.GetValueOrDefault(dn, "{SSHA}old")]));
                return [entry, Result(id, 5, LdapResultCode.Success)];
            case 6:
                if (_modify(++Modifications) is not { } code)
                {
                    return [];
                }

                var modify = content.ReadSequence(LdapRequests.Application(6));
                var changed = Encoding.UTF8.GetString(modify.ReadOctetString());
                if (code is LdapResultCode.Success && message.Span.IndexOf("1.3.6.1.1.21.2"u8) < 0)
                {
                    Hashes[changed] = LastValue(modify.ReadSequence());
                }

                return [Result(id, 7, code)];
            case 23:
                return [Result(id, 24, LdapResultCode.Success, [1])];
            default:
                return [];
        }
    }

    private static string LastValue(AsnReader changes)
    {
        var value = string.Empty;
        while (changes.HasData)
        {
            var change = changes.ReadSequence();
            _ = change.ReadEnumeratedBytes();
            var attribute = change.ReadSequence();
            _ = attribute.ReadOctetString();
            value = Encoding.UTF8.GetString(attribute.ReadSetOf(skipSortOrderValidation: true).ReadOctetString());
        }

        return value;
    }

    private static byte[] Entry(int id, string dn, params (string Name, string[] Values)[] attributes) => Message(id, writer =>
    {
        using (writer.PushSequence(LdapRequests.Application(4)))
        {
            writer.WriteOctetString(Encoding.UTF8.GetBytes(dn));
            using (writer.PushSequence())
            {
                foreach (var (name, values) in attributes)
                {
                    using (writer.PushSequence())
                    {
                        writer.WriteOctetString(Encoding.UTF8.GetBytes(name));
                        using (writer.PushSetOf())
                        {
                            foreach (var value in values)
                            {
                                writer.WriteOctetString(Encoding.UTF8.GetBytes(value));
                            }
                        }
                    }
                }
            }
        }
    });

    private static byte[] Result(int id, int operation, LdapResultCode code, byte[]? value = null) => Message(id, writer =>
    {
        using (writer.PushSequence(LdapRequests.Application(operation)))
        {
            writer.WriteEnumeratedValue(code);
            writer.WriteOctetString([]);
            writer.WriteOctetString("as the test says"u8);
            if (value is not null)
            {
                writer.WriteOctetString(value, LdapRequests.Context(11));
            }

            if (code is LdapResultCode.Referral)
            {
                using (writer.PushSequence(LdapRequests.Context(3)))
                {
                    writer.WriteOctetString("ldap://first.example/"u8);
                }
            }
        }
    });

    private static byte[] Message(int id, Action<AsnWriter> write) => LdapRequests.Value(writer =>
    {
        using (writer.PushSequence())
        {
            writer.WriteInteger(id);
            write(writer);
        }
    });
}
