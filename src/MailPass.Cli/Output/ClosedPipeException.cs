namespace MailPass.Cli.Output;

/// <summary>Whoever read the output has gone.</summary>
internal sealed class ClosedPipeException(string message) : IOException(message);
