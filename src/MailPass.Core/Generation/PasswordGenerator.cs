using System.Globalization;
using System.Numerics;
using MailPass.Policy;
using MailPass.Secrets;

namespace MailPass.Generation;

/// <summary>
/// Makes passwords that conform to a policy: drawn from the operating system's random numbers, evenly from all that the
/// style, the length and the policy's character classes allow. Thread-safe.
/// </summary>
/// <remarks>
/// Generated passwords are ASCII, need no quoting in shells and CSV files, never begin with a character that makes a
/// spreadsheet see a formula, and hold no characters that look alike unless asked to.
/// </remarks>
public sealed class PasswordGenerator
{
    /// <summary>The length where neither the options nor the policy ask for another.</summary>
    internal const int DefaultLength = 16;

    private const int LongestLength = 1000;

    /// <summary>
    /// How often one password is drawn again because it breaks a rule that is no matter of characters, such as similarity
    /// to the address. Good settings need one draw in nearly all cases; settings that need more than this are at odds.
    /// </summary>
    private const int MostDraws = 1000;

    private readonly IPasswordRecipe _recipe;

    /// <summary>Makes a generator.</summary>
    /// <param name="policy">The policy every password must pass.</param>
    /// <param name="options">The look; <see langword="null"/> for the default.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.PolicyUnsatisfiable"/>: no password can satisfy both; the message says why.</exception>
    public PasswordGenerator(PasswordPolicy policy, GeneratorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        Policy = policy;
        Options = options ?? new GeneratorOptions();
        var length = LengthFor(policy, Options);
        var alphabet = Alphabet.Of(Options.AllowLookAlikes);
        _recipe = Options.Style switch
        {
            PasswordStyle.Random => new RandomRecipe(alphabet, length, policy.RequiredClasses),
            PasswordStyle.Pronounceable => new PronounceableRecipe(alphabet, length, policy.RequiredClasses),
            _ => throw new ArgumentOutOfRangeException(nameof(options), Options.Style, "There is no such style."),
        };
        if (_recipe.Count.IsZero)
        {
            throw Unsatisfiable(
                $"{Characters(length)} cannot hold the {BitOperations.PopCount((uint)policy.RequiredClasses)} kinds of characters that the policy asks for"
                    + (Options.Style == PasswordStyle.Pronounceable ? " beside a syllable." : "."),
                "Allow a greater length.");
        }

        EntropyBits = BigInteger.Log(_recipe.Count, 2);
    }

    /// <summary>The policy every password passes.</summary>
    public PasswordPolicy Policy { get; }

    /// <summary>The look.</summary>
    public GeneratorOptions Options { get; }

    /// <summary>The length of the passwords, in characters.</summary>
    public int Length => _recipe.Length;

    /// <summary>
    /// How many bits an attacker who knows everything but the draw must guess: log₂ of the number of equally likely
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
            var password = Secret.Create(_recipe.Length, _recipe, static (buffer, recipe) => recipe.Draw(buffer, RandomBytes.OfThread));
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
            string.Create(CultureInfo.InvariantCulture, $"{MostDraws} passwords of {Characters(_recipe.Length)} were drawn and each broke a rule, the last one this: {violations[0].Message}"),
            "Allow a greater length or relax the rule.");
    }

    private static int LengthFor(PasswordPolicy policy, GeneratorOptions options)
    {
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
            throw Unsatisfiable($"{Characters(length)} were asked for, and the policy asks for at least {policy.MinimumLength}.", "Choose a greater length.");
        }

        return length <= (policy.MaximumLength ?? length)
            ? length
            : throw Unsatisfiable($"{Characters(length)} were asked for, and the policy allows at most {policy.MaximumLength}.", "Choose a smaller length.");
    }

    private static string Characters(int count) => count == 1 ? "1 character" : string.Create(CultureInfo.InvariantCulture, $"{count} characters");

    private static MailPassException Unsatisfiable(string why, string remedy) =>
        new(ErrorIds.PolicyUnsatisfiable, "No password can be generated: " + why, remedy);
}
