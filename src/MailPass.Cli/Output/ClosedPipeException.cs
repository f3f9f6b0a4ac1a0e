namespace MailPass.Cli.Output;

/// <summary>The reader of the output closed the pipe.</summary>
internal sealed class ClosedPipeException(string message) : IOException(message);
