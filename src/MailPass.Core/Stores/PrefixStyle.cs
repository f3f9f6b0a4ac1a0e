namespace MailPass.Stores;

/// <summary>Whether the hashes of a store carry <c>{SCHEME}</c>.</summary>
public enum PrefixStyle
{
    /// <summary>Always.</summary>
    Always,

    /// <summary>Never: a reader of the column does not know prefixes.</summary>
    Never,

    /// <summary>Like each mailbox's own hash, as far as the readers recognise the new hash's scheme without it.</summary>
    AsStored,
}
