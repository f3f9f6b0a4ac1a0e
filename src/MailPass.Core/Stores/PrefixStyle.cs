namespace MailPass.Stores;

/// <summary>Whether the hashes of a store carry <c>{SCHEME}</c>.</summary>
public enum PrefixStyle
{
    /// <summary>Always.</summary>
    Always,

    /// <summary>Never: a reader of the column does not know prefixes.</summary>
    Never,

    /// <summary>As each mailbox's own hash does, as far as the readers can tell the new one's scheme without it.</summary>
    AsStored,
}
