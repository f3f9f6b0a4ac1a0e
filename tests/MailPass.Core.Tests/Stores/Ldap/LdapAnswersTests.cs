using MailPass.Secrets;
using MailPass.Mailboxes;
using MailPass.Stores;
using MailPass.Stores.Ldap.Protocol;

namespace MailPass.Core.Tests.Stores.Ldap;

public sealed class LdapAnswersTests
{
    [Fact]
    public async Task Active_Directory_is_recognised()
    {
        using var directory = new ScriptedDirectory(_ => LdapResultCode.Success, capabilities: ["1.2.840.113556.1.4.800"]);
        var fault = await Assert.ThrowsAsync<MailPassException>(() => MailStore.OpenAsync(StoreLocation.Parse(directory.Location), new StoreOpenOptions()));
        Assert.Equal(ErrorIds.StoreInvalid, fault.ErrorId);
        Assert.Contains("Set-ADAccountPassword", fault.Remedy, StringComparison.Ordinal);
        Assert.Contains("samba-tool user setpassword", fault.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Active_Directory_is_recognised_before_the_login(bool wantsTls)
    {
        var answer = wantsTls ? LdapResultCode.StrongerAuthRequired : LdapResultCode.InvalidCredentials;
        foreach (var (capabilities, id) in new[] { (new[] { "1.2.840.113556.1.4.800" }, ErrorIds.StoreInvalid), ([], wantsTls ? ErrorIds.StoreTlsRequired : ErrorIds.StoreUnreachable) })
        {
            using var directory = new ScriptedDirectory(_ => LdapResultCode.Success, capabilities) { Bind = answer };
            using var password = Secret.FromChars("x");
            var location = StoreLocation.Parse(directory.Location.Replace("//", "//cn=admin@", StringComparison.Ordinal));
            Assert.Equal(id, (await Assert.ThrowsAsync<MailPassException>(() => MailStore.OpenAsync(location, new StoreOpenOptions { Password = password }))).ErrorId);
        }
    }

    [Fact]
    public async Task Busy_directory_is_asked_again()
    {
        using var directory = new ScriptedDirectory(number => number < 4 ? LdapResultCode.Busy : LdapResultCode.Success);
        Assert.Equal(WriteStatus.Written, (await WriteAsync(directory)).Status);
        Assert.Equal(4, directory.Modifications);
    }

    [Theory]
    [InlineData(LdapResultCodes.Referral, ErrorIds.StoreReadOnly, "ldap://first.example/")]
    [InlineData(LdapResultCodes.InsufficientAccessRights, ErrorIds.StoreReadOnly, "may not write userPassword")]
    [InlineData(LdapResultCodes.ConstraintViolation, ErrorIds.WriteFailed, "as the test says (constraintViolation)")]
    [InlineData(4711, ErrorIds.WriteFailed, "as the test says (result 4711)")]
    public async Task Refusal_is_the_reason_of_its_row(int code, string errorId, string reason)
    {
        using var directory = new ScriptedDirectory(_ => (LdapResultCode)code);
        var outcome = await WriteAsync(directory);
        Assert.Equal((WriteStatus.Failed, errorId), (outcome.Status, outcome.ErrorId));
        Assert.Contains(reason, outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Directory_that_never_answers_leaves_the_outcome_open()
    {
        using var directory = new ScriptedDirectory(_ => null);
        var fault = await Assert.ThrowsAsync<InterruptedWriteException>(() => WriteAsync(directory, new StoreOpenOptions { CommandTimeout = TimeSpan.FromSeconds(1) }));
        Assert.Equal(ErrorIds.StoreUnreachable, fault.ErrorId);
        Assert.Equal(WriteStatus.Unknown, Assert.Single(fault.Outcomes)!.Value.Status);
    }

    [Fact]
    public async Task Transaction_that_wrote_nothing_is_not_believed()
    {
        using var directory = new ScriptedDirectory(_ => LdapResultCode.Success, extensions: ["1.3.6.1.1.21.1", "1.3.6.1.1.21.3"]);
        await using var store = await MailStore.OpenAsync(StoreLocation.Parse(directory.Location), new StoreOpenOptions { Schema = "inetorgperson", SchemaOptions = ["transactions"] });
        var anna = Assert.Single(await store.FindAsync([MailboxAddress.Parse("anna@alpha.example")], default))!;

        var writes = Enumerable.Range(0, 20).Select(i => new HashWrite
        {
            Account = new MailboxAccount { Address = anna.Address, StoreKey = $"cn=anna{i},dc=x", PasswordHash = anna.PasswordHash },
            NewHash = "{SSHA}new" + i,
            Time = DateTimeOffset.UtcNow,
        }).ToArray();
        var outcomes = await store.WriteAsync(writes, default);

        // One is tried alone; nineteen were in the transaction, and are then asked for one by one.
        Assert.All(outcomes, outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
        Assert.Equal(1 + 19 + 19, directory.Modifications);
        Assert.All(writes, write => Assert.Equal(write.NewHash, directory.Hashes[write.Account.StoreKey]));
    }

    private static async Task<WriteOutcome> WriteAsync(ScriptedDirectory directory, StoreOpenOptions? options = null)
    {
        await using var store = await MailStore.OpenAsync(StoreLocation.Parse(directory.Location), (options ?? new StoreOpenOptions()) with { Schema = "inetorgperson" });
        var anna = Assert.Single(await store.FindAsync([MailboxAddress.Parse("anna@alpha.example")], default))!;
        return Assert.Single(await store.WriteAsync([new HashWrite { Account = anna, NewHash = "{SSHA}new", Time = DateTimeOffset.UtcNow }], default));
    }

    private static class LdapResultCodes
    {
        public const int Referral = (int)LdapResultCode.Referral;
        public const int InsufficientAccessRights = (int)LdapResultCode.InsufficientAccessRights;
        public const int ConstraintViolation = (int)LdapResultCode.ConstraintViolation;
    }
}
