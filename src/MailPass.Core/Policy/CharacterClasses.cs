namespace MailPass.Policy;

/// <summary>The kinds of characters that a policy can ask for.</summary>
[Flags]
internal enum CharacterClasses
{
    /// <summary>None of the four.</summary>
    None = 0,

    /// <summary>Upper-case and title-case letters of any script.</summary>
    Upper = 1,

    /// <summary>Lower-case letters of any script.</summary>
    Lower = 2,

    /// <summary>Decimal digits of any script.</summary>
    Digit = 4,

    /// <summary>Printable ASCII except letters, digits and the space.</summary>
    Special = 8,
}
