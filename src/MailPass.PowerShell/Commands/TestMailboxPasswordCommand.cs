using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Security;
using MailPass.Hashing;
using MailPass.Import;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Connection;
using MailPass.PowerShell.Errors;
using MailPass.PowerShell.Pipeline;
using MailPass.Secrets;

namespace MailPass.PowerShell.Commands;

/// <summary>Reports which rules a password breaks and, for a mailbox of the connected store, whether it is the current one.</summary>
[Cmdlet(VerbsDiagnostic.Test, "MailboxPassword")]
[OutputType(typeof(PasswordTest))]
public sealed class TestMailboxPasswordCommand : MailStoreCommand
{
    // Enough to keep all cores busy, few enough for the first answers to come soon.
    private const int MostAtOnce = 256;
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(200);

    private readonly List<Candidate> _gathered = [];
    private readonly List<Secret> _passwords = [];
    private readonly BulkVerifier _verifier = new();
    private DomainPolicies? _policies;
    private bool _passwordIsGiven;
    private ProgressMeter? _progress;
    private long _gatheredSince;
    private long _tested;
    private long? _expected;

    /// <summary>The password.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("NewPassword")]
    [PasswordTransformation]
    [System.Management.Automation.AllowNull]
    public SecureString? Password { get; set; }

    /// <summary>The mailbox that it is for.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias(MailboxNames.Mailbox, MailboxNames.EmailAddress, MailboxNames.Email, MailboxNames.Mail, MailboxNames.UserPrincipalName, MailboxNames.UserName, MailboxNames.Address)]
    [ArgumentCompleter(typeof(MailboxCompleter))]
    [MailboxTransformation]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Identity { get; set; }

    /// <summary>The policy: a hashtable or a file; left out, that of the connected store, or the default.</summary>
    [Parameter]
    [PolicyTransformation]
    public PasswordPolicy? Policy { get; set; }

    /// <summary>Takes passwords as text too, for example from a CSV's column.</summary>
    [Parameter]
    public SwitchParameter AsPlainText { get; set; }

    private protected override void Begin() => _passwordIsGiven = MyInvocation.BoundParameters.ContainsKey(nameof(Password));

    private protected override void Process()
    {
        var row = InputRow.Take(Identity);
        _expected = row?.ExpectedRows ?? _expected;
        try
        {
            Test(SecretText.Take(row is null || _passwordIsGiven ? Password : row.Password(Column.Password, Password), nameof(Password), AsPlainText));
        }
        catch (MailPassException fault) when (fault.ErrorId is ErrorIds.PasswordMissing or ErrorIds.PasswordInvalid or ErrorIds.InputInvalid or FaultIds.PasswordIsPlainText)
        {
            Refuse(Fault.ToRecord(fault, Identity));
        }
    }

    private protected override void End()
    {
        Flush();
        _progress?.Complete(this);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        LetPasswordsGo();
        base.Dispose(disposing);
    }

    private void Test(Secret password)
    {
        _passwords.Add(password);
        var connection = MailStore ?? RunspaceStores.Current.Default;
        _policies ??= Policy is not null ? new(Policy) : connection?.Policies ?? DomainPolicies.Default;
        if (Identity is null)
        {
            WriteObject(new PasswordTest(null, _policies.Site.Check(password, PolicyContext.None), null));
        }

        foreach (var identity in Identity ?? [])
        {
            if (!MailboxAddress.TryParse(identity, out var address, out _))
            {
                Flush();
                TryReadAddress(identity, out _);
            }
            else if (connection is null)
            {
                WriteObject(new PasswordTest(address.Value, _policies.For(address).Check(password, new PolicyContext { Mailbox = address }), null));
            }
            else if (connection.Info.Scope.Refusal(address, MailboxActions.Test) is { } refusal)
            {
                Refuse(Fault.ToRecord(refusal, address.Value));
            }
            else
            {
                Gather(new Candidate(identity, address, password));
            }
        }

        // A user who types one after the other gets each answer at once.
        if (_gathered.Count >= MostAtOnce || Stopwatch.GetElapsedTime(_gatheredSince) > _patience)
        {
            Flush();
        }

        if (_gathered.Count == 0)
        {
            LetPasswordsGo();
        }
    }

    private void Gather(Candidate candidate)
    {
        if (_gathered.Count == 0)
        {
            _gatheredSince = Stopwatch.GetTimestamp();
        }

        _gathered.Add(candidate);
    }

    // Earlier inputs are reported first.
    private void Refuse(ErrorRecord fault)
    {
        Flush();
        WriteError(fault);
    }

    /// <summary>Asks the store about all that are gathered, hashes on all cores, and answers in the input's order.</summary>
    private void Flush()
    {
        if (_gathered.Count == 0)
        {
            return;
        }

        var candidates = _gathered.ToArray();
        _gathered.Clear();
        var connection = Connection;
        var accounts = Await(async token => await connection.Store.FindAsync([.. candidates.Select(candidate => candidate.Address)], token).ConfigureAwait(false));
        var verdicts = Verify(candidates, accounts, connection);
        for (var i = 0; i < candidates.Length; i++)
        {
            Answer(candidates[i], accounts[i], verdicts[i], connection);
        }

        (_progress ??= new ProgressMeter("Test mailbox password") { Total = () => MyInvocation.ExpectingInput ? _expected : Identity?.Length }).Show(this, _tested += candidates.Length);
    }

    private (bool IsCurrent, MailPassException? Fault)[] Verify(Candidate[] candidates, IReadOnlyList<MailboxAccount?> accounts, MailStoreConnection connection)
    {
        var verdicts = new (bool IsCurrent, MailPassException? Fault)[candidates.Length];
        var asked = new List<int>();
        var jobs = new List<VerifyJob>();
        for (var i = 0; i < candidates.Length; i++)
        {
            if (string.IsNullOrEmpty(accounts[i]?.PasswordHash))
            {
                continue;
            }

            if (StoredHash.TryParseToVerify(accounts[i]!.PasswordHash, connection.Info.UnprefixedScheme, out var hash, out verdicts[i].Fault))
            {
                asked.Add(i);
                jobs.Add(new VerifyJob(hash!, candidates[i].Password));
            }
        }

        var fits = _verifier.Verify(jobs, StopToken);
        for (var i = 0; i < fits.Length; i++)
        {
            verdicts[asked[i]].IsCurrent = fits[i];
        }

        return verdicts;
    }

    private void Answer(Candidate candidate, MailboxAccount? account, (bool IsCurrent, MailPassException? Fault) verdict, MailStoreConnection connection)
    {
        if (account is null)
        {
            WriteError(Fault.ToRecord(ErrorIds.MailboxNotFound, $"{candidate.Address.Value} does not exist in {connection.Location}.", candidate.Identity));
        }
        else if (verdict.Fault is not null)
        {
            WriteFault(verdict.Fault, candidate.Identity);
        }
        else
        {
            var context = new PolicyContext { Mailbox = candidate.Address, DisplayName = account.DisplayName };
            WriteObject(new PasswordTest(candidate.Address.Value, _policies!.For(candidate.Address).Check(candidate.Password, context), verdict.IsCurrent));
        }
    }

    private void LetPasswordsGo()
    {
        _passwords.ForEach(static password => password.Dispose());
        _passwords.Clear();
    }

    /// <summary>A mailbox to test, as it was given, with the possible password.</summary>
    private sealed record Candidate(string Identity, MailboxAddress Address, Secret Password);
}
