using System.Management.Automation;
using System.Reflection;
using System.Security;
using MailPass.ModuleBuilder.Help;
using MailPass.PowerShell.Commands;

namespace MailPass.PowerShell.Tests;

public sealed class CmdletTests
{
    public static TheoryData<Type> All => [.. Cmdlets.Types];

    [Theory]
    [MemberData(nameof(All))]
    public void Cmdlet_is_sealed_and_declares_its_name_and_output_type(Type type)
    {
        Assert.True(type.IsSealed);
        Assert.Equal("MailPass.PowerShell.Commands", type.Namespace);
        Assert.Equal(Cmdlets.NameOf(type).Replace("-", string.Empty, StringComparison.Ordinal) + "Command", type.Name);
        Assert.NotNull(Cmdlets.Attribute(type, "OutputTypeAttribute"));
        Assert.True(typeof(IDisposable).IsAssignableFrom(type));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Verb_is_approved_and_noun_is_a_mail_noun(Type type)
    {
        var verbs = typeof(VerbsCommon).Assembly.GetExportedTypes()
            .Where(group => group.Name.StartsWith("Verbs", StringComparison.Ordinal))
            .SelectMany(group => group.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Select(constant => (string)constant.GetRawConstantValue()!);
        var (verb, noun) = Cmdlets.Words(type);
        Assert.Contains(verb, verbs);
        Assert.StartsWith("Mail", noun, StringComparison.Ordinal);
        Assert.False(noun.EndsWith('s'));
    }

    [Fact]
    public void Cmdlets_that_change_something_confirm_by_impact()
    {
        var expected = new Dictionary<string, ConfirmImpact>
        {
            ["Export-MailStoreProfile"] = ConfirmImpact.Medium,
            ["New-MailStore"] = ConfirmImpact.Medium,
            ["Remove-MailboxPasswordRun"] = ConfirmImpact.High,
            ["Reset-MailboxPassword"] = ConfirmImpact.High,
            ["Restore-MailboxPassword"] = ConfirmImpact.High,
            ["Revoke-MailboxSession"] = ConfirmImpact.High,
            ["Set-MailboxPassword"] = ConfirmImpact.Medium,
        };
        Assert.Equal(
            expected,
            Cmdlets.Types.Where(type => Cmdlets.Named(Cmdlets.Attribute(type, "CmdletAttribute"), "SupportsShouldProcess") is true)
                .ToDictionary(Cmdlets.NameOf, type => (ConfirmImpact)Cmdlets.Named(Cmdlets.Attribute(type, "CmdletAttribute"), "ConfirmImpact")!));
    }

    [Fact]
    public void Secret_parameters_are_never_text()
    {
        var secrets = Cmdlets.Parameters
            .Where(property => property.Name.EndsWith("Password", StringComparison.Ordinal) || property.Name.EndsWith("Key", StringComparison.Ordinal))
            .Where(property => property.PropertyType != typeof(SwitchParameter))
            .ToList();
        Assert.NotEmpty(secrets);
        Assert.All(secrets, property => Assert.Equal(typeof(SecureString), property.PropertyType));
        var credential = typeof(ConnectMailStoreCommand).GetProperty("Credential")!;
        Assert.Equal(typeof(PSCredential), credential.PropertyType);
        Assert.NotNull(Cmdlets.Attribute(credential, "CredentialAttribute"));
    }

    [Fact]
    public void Parameter_has_the_same_type_in_all_cmdlets() =>
        Assert.All(Cmdlets.Parameters.GroupBy(property => property.Name, property => property.PropertyType), parameter => Assert.Single(parameter.Distinct()));

    [Fact]
    public void Identity_has_every_usual_header_as_an_alias()
    {
        var identities = Cmdlets.Read().Select(cmdlet => cmdlet.Parameters.SingleOrDefault(parameter => parameter.Name == "Identity")).OfType<CmdletParameter>().ToList();
        Assert.True(identities.Count >= 7);
        Assert.All(identities, identity =>
        {
            Assert.Equal(["Mailbox", "EmailAddress", "Email", "Mail", "UserPrincipalName", "UserName", "Address"], identity.Aliases);
            Assert.Contains(identity.Sets, set => set.FromPipeline && set.FromProperty);
        });
    }

    [Fact]
    public void Parameter_set_takes_pipeline_objects_at_most_once() =>
        Assert.All(Cmdlets.Read(), cmdlet => Assert.All(
            cmdlet.Sets,
            name => Assert.True(cmdlet.Parameters.Count(parameter => parameter.Sets.Any(set => set.FromPipeline && (set.Name is null || set.Name == name))) <= 1)));

    [Fact]
    public void Assembly_references_only_the_platform_and_Core()
    {
        var others = typeof(MailPassCommand).Assembly.GetReferencedAssemblies()
            .Select(name => name.Name!)
            .Where(name => !name.StartsWith("System", StringComparison.Ordinal) && name is not ("netstandard" or "mscorlib" or "MailPass.Core"));
        Assert.Empty(others);
    }

    [Fact]
    public void No_exported_class_needs_Core_before_OnImport()
    {
        // PowerShell looks at the classes before it calls OnImport. A base class, an interface or a field that is a value
        // type of Core's would have to be loaded by then.
        var core = typeof(ErrorIds).Assembly;
        foreach (var type in typeof(MailPassCommand).Assembly.GetExportedTypes())
        {
            Assert.NotEqual(core, type.BaseType?.Assembly);
            Assert.DoesNotContain(type.GetInterfaces(), implemented => implemented.Assembly == core);
            Assert.DoesNotContain(
                type.GetFields(BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public),
                field => field.FieldType.IsValueType && (field.FieldType.Assembly == core || field.FieldType.GenericTypeArguments.Any(argument => argument.Assembly == core)));
        }
    }
}
