using MailPass.Hashing.Primitives;

namespace MailPass.Hashing.Schemes;

/// <summary>ARGON2I: verified, and renewed as ARGON2ID, which RFC 9106 section 4 prescribes instead.</summary>
internal sealed class Argon2I() : Argon2Scheme("ARGON2I")
{
    protected override Argon2Type Type => Argon2Type.I;

    protected override string Id => "$argon2i$v=19$";

    internal override HashSettings? Keep(HashSettings stored) => new("ARGON2ID");
}
