namespace MailPass.Hashing;

/// <summary>Says what is wrong with a stored hash, without quoting any of it.</summary>
internal sealed class HashFormatException(string message) : FormatException(message);
