namespace MailPass.Lab.Processes;

/// <summary>A server or tool that a test needs is not on this machine; tests skip with this reason.</summary>
/// <param name="reason">What is missing and which Debian package brings it.</param>
public sealed class LabUnavailableException(string reason) : Exception(reason);
