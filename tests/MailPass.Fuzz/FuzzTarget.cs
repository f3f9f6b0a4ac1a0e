using MailPass.Fuzz.Targets;

namespace MailPass.Fuzz;

/// <summary>A reader under test.</summary>
public abstract class FuzzTarget
{
    /// <summary>Every target.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
        [new AddressTarget(), new PolicyTarget(), new SchemaTarget(), new DirectorySchemaTarget(), new DoveadmTarget(), new IndexTarget(), new JournalTarget(), new CsvTarget(), new HashTarget(), new PasswdFileTarget()];

    /// <summary>The name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Real inputs, from which others are made.</summary>
    public abstract IReadOnlyList<byte[]> Samples { get; }

    /// <summary>Pieces that mean something to the reader.</summary>
    public abstract IReadOnlyList<string> Words { get; }

    /// <summary>Reads an input and checks the invariants of everything that is accepted.</summary>
    /// <param name="input">The input.</param>
    /// <returns>Whether it was accepted.</returns>
    /// <exception cref="MailPassException">It was refused as documented.</exception>
    public abstract bool Read(byte[] input);

    /// <summary>Reports a violated invariant.</summary>
    protected static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidDataException(what);
        }
    }
}
