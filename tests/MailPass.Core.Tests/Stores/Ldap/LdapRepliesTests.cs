using System.Formats.Asn1;
using System.Net;
using System.Net.Sockets;
using FsCheck;
using FsCheck.Fluent;
using MailPass.Stores;
using MailPass.Stores.Ldap.Protocol;

namespace MailPass.Core.Tests.Stores.Ldap;

public sealed class LdapRepliesTests
{
    [Fact]
    public void Message_length_of_any_bytes_is_read_or_refused() => Prop.ForAll<byte[]>(bytes =>
    {
        try
        {
            return LdapReplies.LengthOf(bytes) >= 0;
        }
        catch (InvalidDataException)
        {
            return bytes.Length >= 2;
        }
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(new byte[] { 0x30 }, 0)]
    [InlineData(new byte[] { 0x30, 5 }, 7)]
    [InlineData(new byte[] { 0x30, 0x82, 1 }, 0)]
    [InlineData(new byte[] { 0x30, 0x82, 1, 2 }, 262)]
    public void Message_length_counts_its_head(byte[] bytes, int length) => Assert.Equal(length, LdapReplies.LengthOf(bytes));

    [Theory]
    [InlineData(new byte[] { 0x48, 0x54 })]
    [InlineData(new byte[] { 0x30, 0x80 })]
    [InlineData(new byte[] { 0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF })]
    public void Message_that_is_not_LDAP_is_refused(byte[] bytes) => Assert.Throws<InvalidDataException>(() => LdapReplies.LengthOf(bytes));

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("0\u0005hello")]
    [InlineData("")]
    public async Task Server_that_speaks_something_else_is_unreachable(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            await client.GetStream().ReadExactlyAsync(new byte[2]);
            await client.GetStream().WriteAsync(System.Text.Encoding.Latin1.GetBytes(answer));
        });
        var fault = await Assert.ThrowsAsync<MailPassException>(() => MailStore.OpenAsync(StoreLocation.Parse($"ldap://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/dc=x"), new StoreOpenOptions()));
        Assert.Equal(ErrorIds.StoreUnreachable, fault.ErrorId);
        await serving;
    }

    [Fact]
    public void Result_is_read_with_its_referrals_and_controls()
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(7);
            using (writer.PushSequence(LdapRequests.Application(7)))
            {
                writer.WriteEncodedValue([0x0A, 0x02, 0x41, 0x20]);
                writer.WriteOctetString([]);
                writer.WriteOctetString("why"u8);
                using (writer.PushSequence(LdapRequests.Context(3)))
                {
                    writer.WriteOctetString("ldap://other/"u8);
                }
            }

            using (writer.PushSequence(LdapRequests.Context(0)))
            {
                using (writer.PushSequence())
                {
                    writer.WriteOctetString("1.2.3"u8);
                    writer.WriteOctetString([9]);
                }
            }
        }

        var (id, operation, content) = LdapReplies.Open(writer.Encode());
        var answer = LdapReplies.ReadResult(content, operation);
        Assert.Equal((7, 7, LdapResultCode.TransactionOkay, "why"), (id, operation, answer.Code, answer.Message));
        Assert.Equal(["ldap://other/"], answer.Referrals);
        Assert.Equal([9], answer.ControlValue("1.2.3"));
    }
}
