using MailPass.Changes;
using MailPass.Profiles;
using MailPass.Rows;
using MailPass.Sessions.Logins;
using MailPass.Stores;
using Microsoft.Extensions.Logging;

namespace MailPass.Diagnostics;

/// <summary>
/// Hands Core's log events to a head that must not name the logging library. The PowerShell head shares its load
/// context with other modules, each of which may have brought another version of that library; code that mentions
/// <see cref="ILogger"/> there would be given theirs. So the head gives a delegate, and the calls that take a logger
/// have a twin here that takes none.
/// </summary>
public sealed class EventSink
{
    private readonly DelegateLogger _logger;

    /// <summary>Makes a sink.</summary>
    /// <param name="receive">Takes each event, on whatever thread it happens; must be quick and must not throw.</param>
    /// <param name="minimum">Events that matter less are not even put into words.</param>
    public EventSink(Action<CoreEvent> receive, EventSeverity minimum = EventSeverity.Information)
    {
        ArgumentNullException.ThrowIfNull(receive);
        _logger = new DelegateLogger(receive, minimum);
    }

    /// <summary>The same as a logger, for callers inside Core's load context.</summary>
    internal ILogger Logger => _logger;

    /// <summary>A <see cref="ChangeRun"/> that logs to this sink.</summary>
    /// <param name="store">Where the mailboxes live; it stays the caller's.</param>
    /// <param name="options">The options.</param>
    public ChangeRun CreateRun(IMailboxStore store, ChangeRunOptions options) => new(store, options, _logger);

    /// <summary><see cref="Site.OpenAsync"/>, logging to this sink.</summary>
    /// <param name="profile">The site.</param>
    /// <param name="secrets">How secrets are found.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <exception cref="MailPassException">As <see cref="Site.OpenAsync"/> throws.</exception>
    public Task<OpenedSite> OpenSiteAsync(SiteProfile profile, SiteSecrets secrets, CancellationToken cancellationToken = default) =>
        Site.OpenAsync(profile, secrets, _logger, cancellationToken);

    /// <summary>A <see cref="ProfileCheck"/> that logs to this sink.</summary>
    /// <param name="secrets">How secrets are found.</param>
    public ProfileCheck CreateProfileCheck(SiteSecrets secrets) => new(secrets, _logger);

    /// <summary>A <see cref="LoginTester"/> that logs to this sink.</summary>
    /// <param name="options">How logins are tried.</param>
    public LoginTester CreateLoginTester(LoginTestOptions options) => new(options, _logger);

    private sealed class DelegateLogger(Action<CoreEvent> receive, EventSeverity minimum) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && SeverityOf(logLevel) >= minimum;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                receive(new CoreEvent(SeverityOf(logLevel), eventId.Id, eventId.Name, Printable.Of(formatter(state, exception))));
            }
        }

        private static EventSeverity SeverityOf(LogLevel level) => level switch
        {
            LogLevel.Trace or LogLevel.Debug => EventSeverity.Debug,
            LogLevel.Information => EventSeverity.Information,
            LogLevel.Warning => EventSeverity.Warning,
            _ => EventSeverity.Error,
        };
    }
}
