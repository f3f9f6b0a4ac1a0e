using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using MailPass.Secrets;

namespace MailPass.Import;

/// <summary>A column that MailPass knows, with every name that people and programs give it.</summary>
/// <remarks>
/// Case, accents, white space, <c>_</c>, <c>-</c> and <c>.</c> do not count in a name. Of a name with brackets, as in
/// Microsoft's templates (<c>User name [userPrincipalName] Required</c>), the text in them counts, or the text before them.
/// </remarks>
public sealed class Column
{
    /// <summary>A mailbox's address. An input may have several such columns: <see cref="MailboxPick"/>.</summary>
    public static readonly Column Mailbox = new(
        MailboxNames.Mailbox, "Identity", MailboxNames.EmailAddress, MailboxNames.Email, MailboxNames.Mail,
        MailboxNames.UserPrincipalName, MailboxNames.UserName, MailboxNames.Address,
        "PrimarySmtpAddress", "SmtpAddress", "MailAddress", "UPN", "User", "Login", "LoginName",
        "E-Mail-Adresse", "Mail-Adresse", "Benutzername", "Benutzer", "Anmeldename", "Postfach",
        "Adresse e-mail", "Adresse mail", "Adresse électronique", "Adresse de messagerie", "Courriel", "Nom d'utilisateur", "Utilisateur", "Identifiant",
        "Correo", "Correo electrónico", "Dirección de correo", "Dirección de correo electrónico", "Usuario", "Nombre de usuario", "Buzón",
        "Indirizzo e-mail", "Indirizzo mail", "Indirizzo di posta elettronica", "Posta elettronica", "Utente", "Nome utente", "Casella",
        "E-mailadres", "Mailadres", "Gebruikersnaam", "Gebruiker", "Postvak", "Postbus");

    /// <summary>The new password.</summary>
    public static readonly Column Password = new(
        "Password", "NewPassword", "InitialPassword", "PasswordProfile", "Passwd", "Pwd",
        "Passwort", "Neues Passwort", "Kennwort", "Neues Kennwort",
        "Mot de passe", "Nouveau mot de passe",
        "Contraseña", "Nueva contraseña",
        "Nuova password", "Parola d'ordine",
        "Wachtwoord", "Nieuw wachtwoord");

    /// <summary>The current password, for a change that only the owner may make.</summary>
    public static readonly Column CurrentPassword = new(
        "CurrentPassword", "OldPassword",
        "Aktuelles Passwort", "Altes Passwort", "Bisheriges Passwort", "Aktuelles Kennwort", "Altes Kennwort", "Bisheriges Kennwort",
        "Mot de passe actuel", "Ancien mot de passe",
        "Contraseña actual", "Contraseña anterior",
        "Password attuale", "Vecchia password",
        "Huidig wachtwoord", "Oud wachtwoord");

    /// <summary>The domain, for a mailbox column that has only the part before the @.</summary>
    public static readonly Column Domain = new("Domain", "MailDomain", "Domäne", "Domaine", "Dominio", "Domein");

    /// <summary>A hash as a mail system stores it.</summary>
    public static readonly Column PasswordHash = new("PasswordHash", "Hash");

    /// <summary>The person's name.</summary>
    public static readonly Column DisplayName = new("DisplayName", "Name", "FullName");

    /// <summary>Whether the mailbox may log in.</summary>
    public static readonly Column Active = new("Active", "Enabled");

    private static readonly Dictionary<string, Column> _known = ByName(Mailbox, Password, CurrentPassword, Domain, PasswordHash, DisplayName, Active);

    // A pipeline asks for the same few names again for each row.
    private const int MostRemembered = 512;
    private static readonly ConcurrentDictionary<string, Column?> _found = new(StringComparer.Ordinal);

    private Column(params string[] names) => Names = names;

    /// <summary>The name that MailPass itself writes.</summary>
    public string Name => Names[0];

    /// <summary>Every name, <see cref="Name"/> first.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The English names, for a message; the rest is in the documentation.</summary>
    public string Examples => string.Join(", ", Names.Take(8).Where(static name => !name.Contains(' ', StringComparison.Ordinal)));

    /// <summary>The column that a header names.</summary>
    /// <param name="header">The header.</param>
    /// <returns>The column, or <see langword="null"/> if the name is unknown.</returns>
    public static Column? Find(string header)
    {
        ArgumentNullException.ThrowIfNull(header);
        if (_found.TryGetValue(header, out var column))
        {
            return column;
        }

        column = Find(header.AsSpan());
        if (_found.Count < MostRemembered)
        {
            _found.TryAdd(header, column);
        }

        return column;
    }

    /// <inheritdoc cref="Find(string)"/>
    internal static Column? Find(ReadOnlySpan<char> header)
    {
        if (_known.TryGetValue(Fold(header), out var column))
        {
            return column;
        }

        var open = header.IndexOf('[');
        var close = open < 0 ? -1 : header[open..].IndexOf(']');
        return close < 0 ? null
            : _known.TryGetValue(Fold(header.Slice(open + 1, close - 1)), out column) ? column
            : _known.GetValueOrDefault(Fold(header[..open]));
    }

    /// <summary>Whether a header has this name, as <see cref="Find(string)"/> compares names.</summary>
    internal static bool HasName(ReadOnlySpan<char> header, string name) => Fold(header) == Fold(name);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static Dictionary<string, Column> ByName(params ReadOnlySpan<Column> columns)
    {
        var known = new Dictionary<string, Column>(StringComparer.Ordinal);
        foreach (var column in columns)
        {
            foreach (var name in column.Names)
            {
                known[Fold(name)] = column;
            }
        }

        return known;
    }

    private static string Fold(ReadOnlySpan<char> name)
    {
        var folded = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
        {
            // An accent of its own, after its letter, is a mark like any other and dropped below.
            var letter = rune.IsAscii || !UnicodeText.CanBeNormalized(rune.ToString()) ? rune : Rune.GetRuneAt(rune.ToString().Normalize(NormalizationForm.FormD), 0);
            if (Rune.IsLetterOrDigit(letter) || letter.Value is '@' or '\'')
            {
                folded.Append(Rune.ToUpperInvariant(letter).ToString());
            }
            else if (!Rune.IsWhiteSpace(letter) && letter.Value is not ('_' or '-' or '.')
                && Rune.GetUnicodeCategory(letter) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.Format or UnicodeCategory.DashPunctuation))
            {
                folded.Append(letter.ToString());
            }
        }

        return folded.ToString();
    }
}
