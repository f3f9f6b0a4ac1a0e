namespace MailPass.Sessions.Logins;

/// <summary>What one attempt came to, and what the server said about it.</summary>
internal readonly record struct LoginVerdict(LoginOutcome Outcome, string Answer);
