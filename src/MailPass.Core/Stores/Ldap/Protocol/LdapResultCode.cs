namespace MailPass.Stores.Ldap.Protocol;

/// <summary>What a directory says of an operation (RFC 4511, section 4.1.9; the last two RFC 4528 and RFC 5805).</summary>
internal enum LdapResultCode
{
    Success = 0,
    OperationsError = 1,
    ProtocolError = 2,
    TimeLimitExceeded = 3,
    SizeLimitExceeded = 4,
    AuthMethodNotSupported = 7,
    StrongerAuthRequired = 8,
    Referral = 10,
    AdminLimitExceeded = 11,
    UnavailableCriticalExtension = 12,
    ConfidentialityRequired = 13,
    SaslBindInProgress = 14,
    NoSuchAttribute = 16,
    UndefinedAttributeType = 17,
    ConstraintViolation = 19,
    AttributeOrValueExists = 20,
    InvalidAttributeSyntax = 21,
    NoSuchObject = 32,
    InvalidDnSyntax = 34,
    InappropriateAuthentication = 48,
    InvalidCredentials = 49,
    InsufficientAccessRights = 50,
    Busy = 51,
    Unavailable = 52,
    UnwillingToPerform = 53,
    ObjectClassViolation = 65,
    Other = 80,
    AssertionFailed = 122,

    /// <summary>OpenLDAP's answer to an operation that waits for the end of its transaction (<c>LDAP_TXN_SPECIFY_OKAY</c>).</summary>
    TransactionOkay = 0x4120,
}
