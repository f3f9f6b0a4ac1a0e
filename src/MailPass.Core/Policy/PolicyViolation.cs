namespace MailPass.Policy;

/// <summary>One rule that a password breaks.</summary>
/// <param name="RuleId">The rule's constant name.</param>
/// <param name="Message">What is missing or wrong, as a sentence for the person who chose the password; it never quotes the password.</param>
public sealed record PolicyViolation(string RuleId, string Message);
