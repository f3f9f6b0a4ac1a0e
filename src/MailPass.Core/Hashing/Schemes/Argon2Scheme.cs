using System.Globalization;
using System.Text;
using MailPass.Hashing.Primitives;

namespace MailPass.Hashing.Schemes;

/// <summary>
/// What ARGON2ID and ARGON2I share: the text <c>$argon2id$v=19$m=65536,t=3,p=1$salt$tag</c>, base64 without padding, as
/// the reference implementation writes it. Cost is t (passes); m and p come from the settings' other fields.
/// </summary>
internal abstract class Argon2Scheme(string name) : PasswordScheme(name)
{
    protected const int DefaultPasses = 3;
    protected const int DefaultMemoryKiB = 65536;
    private const int DefaultParallelism = 1;

    // Two, so that one waits for memory while the other computes; more would only take more memory.
    private const int SideBySide = 2;
    private const int MaxPasses = 1_000_000;

    // A second and four seconds of one core, and more memory than most mail servers give a login (Dovecot's auth: 256 MiB by default).
    private const int CeilingMemoryKiB = 1024 * 1024;
    private const long CeilingWorkKiB = 4L * CeilingMemoryKiB;
    private const long LimitMemoryKiB = 2L * CeilingMemoryKiB;
    private const long LimitWorkKiB = 16L * CeilingMemoryKiB;

    private static readonly CostRange Passes = new(1, MaxPasses, DefaultPasses, DefaultPasses, 64, 4096, "passes");

    public sealed override CostRange Cost => Passes;

    internal sealed override bool CanStandBare => false;

    internal sealed override int SaltLength => 16;

    internal sealed override int DigestLength => 32;

    protected abstract Argon2Type Type { get; }

    /// <summary><c>$argon2id$v=19$</c> or <c>$argon2i$v=19$</c>.</summary>
    protected abstract string Id { get; }

    internal sealed override int RawLength(HashSettings settings) =>
        Encoding.ASCII.GetByteCount(Parameters(settings)) + Unpadded(SaltLength) + 1 + Unpadded(DigestLength);

    internal sealed override string? CheckSettings(HashSettings settings)
    {
        var (memory, lanes) = (settings.MemoryKiB ?? DefaultMemoryKiB, settings.Parallelism ?? DefaultParallelism);
        return lanes is < 1 or > Argon2.MaxParallelism
            ? string.Create(CultureInfo.InvariantCulture, $"{Name} takes 1 to {Argon2.MaxParallelism} lanes, but {lanes} were asked for.")
            : memory < 8 * lanes || memory > Argon2.MaxMemoryKiB
            ? string.Create(CultureInfo.InvariantCulture, $"{Name} takes {8 * lanes} to {Argon2.MaxMemoryKiB} KiB of memory with {lanes} lanes, but {memory} were asked for.")
            : base.CheckSettings(settings);
    }

    internal sealed override MailPassException? RefuseToVerify(ParsedHash stored)
    {
        long memory = stored.Settings.MemoryKiB ?? DefaultMemoryKiB;
        var passes = CostOf(stored.Settings);
        return memory > LimitMemoryKiB || memory * passes > LimitWorkKiB
            ? TooCostly(string.Create(CultureInfo.InvariantCulture, $"{memory} KiB of memory and {passes} passes, more than {LimitMemoryKiB} KiB or {LimitWorkKiB} KiB over all passes"))
            : base.RefuseToVerify(stored);
    }

    /// <summary>ARGON2ID with the memory and the passes of a stored hash, raised and lowered to what is sane.</summary>
    private protected static HashSettings Tempered(HashSettings stored)
    {
        long memory = stored.MemoryKiB ?? DefaultMemoryKiB;
        long passes = stored.Cost ?? DefaultPasses;

        // Kept as it is where it takes at least as much memory and, over all passes, at least as much work as the default.
        if (memory < DefaultMemoryKiB || memory * passes < (long)DefaultMemoryKiB * DefaultPasses)
        {
            (memory, passes) = (Math.Max(memory, DefaultMemoryKiB), Math.Max(passes, DefaultPasses));
        }

        memory = Math.Min(memory, CeilingMemoryKiB);
        return stored with { MemoryKiB = (int)memory, Cost = (int)Math.Min(passes, CeilingWorkKiB / memory) };
    }

    internal sealed override void Compute(HashSettings settings, in HashBatch batch, HashingResources resources)
    {
        var (memory, lanes) = (settings.MemoryKiB ?? DefaultMemoryKiB, settings.Parallelism ?? DefaultParallelism);
        var buffers = resources.Rent(Argon2.MemoryBytes(memory, lanes), Math.Min(batch.Count, SideBySide), batch.Stop);
        try
        {
            for (var done = 0; done < batch.Count;)
            {
                var now = buffers.AsSpan(0, Math.Min(buffers.Length, batch.Count - done));
                Argon2.Compute(Type, batch, done, CostOf(settings), memory, lanes, now, Argon2Block.Best);
                done += now.Length;
            }
        }
        finally
        {
            resources.Return(buffers, isWanted: !batch.Stop.IsCancellationRequested);
        }
    }

    internal sealed override int Format(HashSettings settings, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> digest, Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.Advance(Encoding.ASCII.GetBytes(Parameters(settings), writer.Rest));
        writer.Advance(Encoding.ASCII.GetBytes(Convert.ToBase64String(salt).TrimEnd('='), writer.Rest));
        writer.Write((byte)'$');
        writer.Advance(Encoding.ASCII.GetBytes(Convert.ToBase64String(digest).TrimEnd('='), writer.Rest));
        return writer.Written;
    }

    internal sealed override ParsedHash Parse(ReadOnlySpan<byte> raw)
    {
        var text = Encoding.Latin1.GetString(raw);
        if (!text.StartsWith(Id, StringComparison.Ordinal))
        {
            throw new HashFormatException($"it does not begin with {Id} (version 1.3).");
        }

        if (text[Id.Length..].Split('$') is not [var parameters, var salt, var tag]
            || parameters.Split(',') is not [var m, var t, var p]
            || !Number(m, "m=", out var memory) || !Number(t, "t=", out var passes) || !Number(p, "p=", out var lanes))
        {
            throw new HashFormatException("it is not of the form m=…,t=…,p=…$salt$tag.");
        }

        var settings = new HashSettings(Name, passes, memory, lanes);
        if (CheckSettings(settings) is { } reason)
        {
            throw new HashFormatException(reason);
        }

        var (saltBytes, tagBytes) = (HashEncodings.Decode(salt, HashEncoding.Base64), HashEncodings.Decode(tag, HashEncoding.Base64));
        return saltBytes.Length < 8 || tagBytes.Length is < 4 or > 512
            ? throw new HashFormatException("its salt or tag has an impossible length.")
            : new ParsedHash(settings, saltBytes, tagBytes);
    }

    private static bool Number(string field, string name, out int value)
    {
        value = 0;
        return field.StartsWith(name, StringComparison.Ordinal)
            && int.TryParse(field.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    private static int Unpadded(int bytes) => ((bytes * 8) + 5) / 6;

    private string Parameters(HashSettings settings) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Id}m={settings.MemoryKiB ?? DefaultMemoryKiB},t={CostOf(settings)},p={settings.Parallelism ?? DefaultParallelism}$");
}
