using MailPass.Hashing.Primitives;

namespace MailPass.Hashing.Schemes;

/// <summary>ARGON2ID: RFC 9106.</summary>
internal sealed class Argon2Id() : Argon2Scheme("ARGON2ID")
{
    public override bool CanHash => true;

    protected override Argon2Type Type => Argon2Type.Id;

    protected override string Id => "$argon2id$v=19$";

    internal override HashSettings? Keep(HashSettings stored) => Tempered(stored);
}
