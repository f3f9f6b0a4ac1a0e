namespace MailPass.Hashing;

/// <summary>What is wrong with a stored hash, in words of ours that quote nothing of it.</summary>
internal sealed class HashFormatException(string message) : FormatException(message);
