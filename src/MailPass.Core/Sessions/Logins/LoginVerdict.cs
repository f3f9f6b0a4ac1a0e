namespace MailPass.Sessions.Logins;

/// <summary>The outcome of one attempt, and what the server said about it.</summary>
internal readonly record struct LoginVerdict(LoginOutcome Outcome, string Answer);
