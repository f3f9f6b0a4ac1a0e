namespace MailPass.Stores;

/// <summary>The outcome of creating a store.</summary>
/// <param name="Created">How many mailboxes were created.</param>
/// <param name="Refused">Each mailbox that was not, with the reason.</param>
public sealed record StoreCreation(long Created, IReadOnlyList<RefusedMailbox> Refused);

/// <summary>A mailbox that was not created.</summary>
/// <param name="Identity">The address as it was written.</param>
/// <param name="ErrorId">One of <see cref="ErrorIds"/>.</param>
/// <param name="Message">The reason.</param>
/// <param name="Line">The line in the input file, counted from 1.</param>
public sealed record RefusedMailbox(string Identity, string ErrorId, string Message, long? Line);
