using System.Globalization;
using Microsoft.Extensions.Logging;

namespace MailPass.Cli.Output;

/// <summary>Log events as lines on standard error: time, level, event id, message.</summary>
internal sealed class ErrorLoggerProvider(CliConsole console) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new LineLogger(console);

    public void Dispose()
    {
    }

    private sealed class LineLogger(CliConsole console) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // Only an exception's message: inner exceptions come from the driver and may quote a statement's values.
            var time = DateTimeOffset.UtcNow.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
            var reason = exception is null ? string.Empty : $" ({exception.GetType().Name}: {exception.Message})";
            console.Say($"{time} {logLevel} {eventId.Id} {formatter(state, exception)}{reason}");
        }
    }
}
