using System.Globalization;
using System.Numerics;
using MailPass.Policy;
using MailPass.Secrets;

namespace MailPass.Generation;

/// <summary>
/// Makes passwords that conform to a policy: drawn from the operating system's random numbers, evenly from all that the
/// style, the length, the exclusions and the policy's character classes allow. Thread-safe.
/// </summary>
/// <remarks>
/// Generated passwords are ASCII, need no quoting in shells and CSV files, do not begin with a character that makes a
/// spreadsheet see a formula, and contain no characters that look alike unless the settings allow them.
/// </remarks>
public sealed class PasswordGenerator
{
    /// <summary>The length if neither the settings nor the policy require another.</summary>
    internal const int DefaultLength = 16;

    private const int LongestLength = 1000;

    /// <summary>
    /// How often one password is drawn again because it breaks a rule that is not about characters, such as similarity
    /// to the address. Good settings need one draw in nearly all cases; settings that need more than this are at odds.
    /// </summary>
    private const int MostDraws = 1000;

    private const int MostWords = 100;

    private static readonly (CharacterClasses Class, string Name)[] _classNames =
    [
        (CharacterClasses.Upper, "upper-case letter"), (CharacterClasses.Lower, "lower-case letter"),
        (CharacterClasses.Digit, "digit"), (CharacterClasses.Special, "special character that needs no quotes"),
    ];

    private readonly IPasswordRecipe _recipe;

    /// <summary>Makes a generator.</summary>
    /// <param name="policy">The policy every password must pass.</param>
    /// <param name="options">The settings; <see langword="null"/> for the defaults.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.PolicyUnsatisfiable"/>: no password can satisfy both; the message says why. <see cref="ErrorIds.InputInvalid"/>: a number of words for a style without words.</exception>
    public PasswordGenerator(PasswordPolicy policy, GeneratorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        Policy = policy;
        Options = options ?? new GeneratorOptions();
        var length = LengthFor(policy, Options);
        var alphabet = Alphabet.Of(Options.AllowLookAlikes, Options.ExcludeCharacters);
        RefuseMissing(alphabet, policy.RequiredClasses);
        _recipe = Options.Style switch
        {
            PasswordStyle.Random => MakeRandom(alphabet, length),
            PasswordStyle.Pronounceable => MakePronounceable(alphabet, length),
            PasswordStyle.Words => MakeWords(alphabet),
            _ => throw new ArgumentOutOfRangeException(nameof(options), Options.Style, "There is no such style."),
        };
        EntropyBits = BigInteger.Log(_recipe.Count, 2);
    }

    /// <summary>The policy every password passes.</summary>
    public PasswordPolicy Policy { get; }

    /// <summary>The settings.</summary>
    public GeneratorOptions Options { get; }

    /// <summary>The most characters that a password has; except in words, all have this many.</summary>
    public int Length => _recipe.MostLength;

    /// <summary>The fewest characters that a password has.</summary>
    public int LeastLength => _recipe.LeastLength;

    /// <summary>
    /// How many bits an attacker who knows everything except the draw must guess: log₂ of the number of equally likely
    /// passwords, counted exactly. The few that only a rule such as similarity or a breached-password list turns away are
    /// counted in.
    /// </summary>
    public double EntropyBits { get; }

    /// <summary>Draws a password.</summary>
    /// <param name="context">What it is for.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.PolicyUnsatisfiable"/>: none was found for this mailbox.</exception>
    public Secret Next(PolicyContext? context = null)
    {
        context ??= PolicyContext.None;
        IReadOnlyList<PolicyViolation> violations = [];
        for (var draw = 0; draw < MostDraws; draw++)
        {
            var password = Secret.Create(_recipe.DrawLength(RandomBytes.OfThread), _recipe, static (buffer, recipe) => recipe.Draw(buffer, RandomBytes.OfThread));
            try
            {
                violations = Policy.Check(password, context);
            }
            catch
            {
                password.Dispose();
                throw;
            }

            if (violations.Count == 0)
            {
                return password;
            }

            password.Dispose();
        }

        throw Unsatisfiable(
            string.Create(CultureInfo.InvariantCulture, $"{MostDraws} passwords of {Characters(_recipe.MostLength)} were drawn and each broke a rule, the last one this: {violations[0].Message}"),
            "Allow a greater length or relax the rule.");
    }

    /// <summary>
    /// The classes of random passwords: those that the policy requires and no others, so that a policy
    /// without special characters has none. Letters always; letters and digits for a policy that requires nothing.
    /// </summary>
    private static CharacterClasses ClassesFor(CharacterClasses required) => required switch
    {
        CharacterClasses.None => CharacterClasses.Upper | CharacterClasses.Lower | CharacterClasses.Digit,
        _ when (required & (CharacterClasses.Upper | CharacterClasses.Lower)) == 0 => required | CharacterClasses.Lower,
        _ => required,
    };

    private RandomRecipe MakeRandom(Alphabet alphabet, int length)
    {
        alphabet = alphabet.Only(ClassesFor(Policy.RequiredClasses));
        if (!alphabet.All.Any(Alphabet.MayBeFirst))
        {
            throw Excluded(alphabet.All.Length == 0 ? "no character" : "no character that a password may begin with");
        }

        return Checked(new RandomRecipe(alphabet, length, Policy.RequiredClasses), $"{Characters(length)} cannot contain the {Kinds} kinds of characters that the policy requires.");
    }

    private PronounceableRecipe MakePronounceable(Alphabet alphabet, int length)
    {
        var recipe = new PronounceableRecipe(alphabet, length, Policy.RequiredClasses);
        return recipe.HasSyllables
            ? Checked(recipe, $"{Characters(length)} cannot contain the {Kinds} kinds of characters that the policy requires and a syllable.")
            : throw Excluded("no pronounceable syllable with the characters that the policy requires");
    }

    private WordsRecipe MakeWords(Alphabet alphabet)
    {
        if (Options.WordCount is < 1 or > MostWords)
        {
            throw Unsatisfiable($"A passphrase has 1 to {MostWords} words, not {Options.WordCount}.", "Choose a number in this range.");
        }

        var required = Policy.RequiredClasses;
        var words = Options.ExcludeCharacters.Length == 0 ? WordList.English : WordList.English.Where(word => word.AsSpan().IndexOfAny(Options.ExcludeCharacters) < 0);
        var (least, most) = (Options.Length ?? Policy.MinimumLength, Options.Length ?? Policy.MaximumLength ?? LongestLength);
        var recipe = new WordsRecipe(words, alphabet.Only(ClassesFor(required) | (required & CharacterClasses.Digit)), required, Options.WordCount, least, most);
        if (!recipe.HasWords)
        {
            throw Excluded(words.Count == 0 ? "none of the words" : "no word that may begin with a capital");
        }

        var number = Options.WordCount is not { } given ? "No number of words makes"
            : given == 1 ? "One word does not make" : string.Create(CultureInfo.InvariantCulture, $"{given} words do not make");
        var range = least == most ? Characters(least) : Policy.MaximumLength is null ? $"at least {Characters(least)}" : $"{least} to {Characters(most)}";
        return Checked(recipe, $"{number} a passphrase of {range} with the characters that the policy requires{((required & CharacterClasses.Special) != 0 ? "; a special character goes between two words" : string.Empty)}.");
    }

    private int Kinds => BitOperations.PopCount((uint)Policy.RequiredClasses);

    private T Checked<T>(T recipe, string why)
        where T : IPasswordRecipe =>
        !recipe.Count.IsZero ? recipe : throw Unsatisfiable(why, Options.WordCount is null ? "Allow a greater length." : "Choose another number of words or another length.");

    private static void RefuseMissing(Alphabet alphabet, CharacterClasses required)
    {
        foreach (var (@class, name) in _classNames)
        {
            if ((required & @class) != 0 && alphabet.Of(@class).Length == 0)
            {
                throw Unsatisfiable($"The excluded characters leave no {name}, and the policy asks for one.", "Exclude fewer characters.");
            }
        }
    }

    private static MailPassException Excluded(string left) => Unsatisfiable($"The excluded characters leave {left}.", "Exclude fewer characters.");

    private static int LengthFor(PasswordPolicy policy, GeneratorOptions options)
    {
        if (options.WordCount is not null && options.Style != PasswordStyle.Words)
        {
            throw new MailPassException(ErrorIds.InputInvalid, "A number of words was given, and only passwords of the style words have words.", "Choose the style words, or leave the number out.");
        }

        if (policy.MaximumLength < policy.MinimumLength)
        {
            throw Unsatisfiable(
                $"The policy asks for at least {policy.MinimumLength} and at most {policy.MaximumLength} characters, and no password has both.", "Correct the policy.");
        }

        if (options.Length is not { } length)
        {
            return Math.Clamp(DefaultLength, policy.MinimumLength, policy.MaximumLength ?? LongestLength);
        }

        if (length is < 1 or > LongestLength)
        {
            throw Unsatisfiable($"A generated password has 1 to {LongestLength} characters, not {length}.", "Choose a length in this range.");
        }

        if (length < policy.MinimumLength)
        {
            throw Unsatisfiable($"{Characters(length)} were requested, but the policy requires at least {policy.MinimumLength}.", "Choose a greater length.");
        }

        return length <= (policy.MaximumLength ?? length)
            ? length
            : throw Unsatisfiable($"{Characters(length)} were requested, but the policy allows at most {policy.MaximumLength}.", "Choose a smaller length.");
    }

    private static string Characters(int count) => count == 1 ? "1 character" : string.Create(CultureInfo.InvariantCulture, $"{count} characters");

    private static MailPassException Unsatisfiable(string why, string remedy) =>
        new(ErrorIds.PolicyUnsatisfiable, "No password can be generated: " + why, remedy);
}
