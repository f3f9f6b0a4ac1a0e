using MailPass.Hashing.Primitives;

namespace MailPass.Hashing.Schemes;

/// <summary>ARGON2ID: RFC 9106.</summary>
internal sealed class Argon2Id() : Argon2Scheme("ARGON2ID")
{
    public override bool CanHash => true;

    protected override Argon2Type Type => Argon2Type.Id;

    protected override string Id => "$argon2id$v=19$";

    /// <summary>Kept as it is where it takes at least as much memory and, over all passes, at least as much work as the default.</summary>
    internal override HashSettings Keep(HashSettings stored)
    {
        long memory = stored.MemoryKiB ?? DefaultMemoryKiB;
        var passes = stored.Cost ?? DefaultPasses;
        return memory >= DefaultMemoryKiB && memory * passes >= (long)DefaultMemoryKiB * DefaultPasses
            ? stored
            : stored with { MemoryKiB = (int)Math.Max(memory, DefaultMemoryKiB), Cost = Math.Max(passes, DefaultPasses) };
    }
}
